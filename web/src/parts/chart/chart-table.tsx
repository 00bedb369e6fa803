import { formatTime, useFormat } from "@/lib/format";
import type { ChartSeries, Times } from "./chart-data";
import { type ChartUnit, useUnit } from "./units";
import { NO_VALUE, useWords } from "./words";

interface ChartTableProps {
  id: string;
  title: string;
  times: Times;
  series: readonly ChartSeries[];
  unit: ChartUnit;
}

/** So many of the newest moments are listed. */
const MOST_ROWS = 500;

/** What a chart draws, in numbers, the newest first. */
export function ChartTable({ id, title, times, series, unit }: ChartTableProps) {
  const words = useWords();
  const { valueText } = useUnit(unit);
  const { formatDateTime } = useFormat();
  const first = Math.max(0, times.length - MOST_ROWS);
  const rows = times.slice(first).map((at, offset) => ({ at, index: first + offset }));
  return (
    <section
      id={id}
      aria-label={title}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      className="max-h-64 overflow-auto border-t focus-visible:-outline-offset-2"
    >
      <table className="w-full text-xs tabular-nums">
        <caption className="sr-only">
          {title}
          {first > 0 && ` ${words.tableLimit(MOST_ROWS)}`}
        </caption>
        <thead className="sticky top-0 bg-card shadow-[inset_0_-1px_0_var(--border)]">
          <tr>
            <th scope="col" className="h-8 px-4 text-left font-medium text-muted-foreground">
              {words.time}
            </th>
            {series.map(({ label }) => (
              <th key={label} scope="col" className="px-4 text-right font-medium text-muted-foreground">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.reverse().map(({ at, index }) => (
            <tr key={at} className="border-b last:border-b-0">
              <th
                scope="row"
                className="h-7 px-4 text-left font-normal"
                title={formatDateTime(new Date(at).toISOString())}
              >
                {formatTime(at)}
              </th>
              {series.map(({ label, values }) => {
                const value = values[index];
                return (
                  <td key={label} className="px-4 text-right">
                    {value === null || value === undefined ? <NoValue /> : valueText(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function NoValue() {
  const words = useWords();
  return (
    <>
      <span aria-hidden className="text-muted-foreground">
        {NO_VALUE}
      </span>
      <span className="sr-only">{words.noValue}</span>
    </>
  );
}
