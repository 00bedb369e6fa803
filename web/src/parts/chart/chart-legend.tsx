import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { type ChartColour, type ChartSeries, colourOf } from "./chart-data";
import { momentText } from "./moment-text";
import { useWords } from "./words";

interface ChartLegendProps {
  series: readonly ChartSeries[];
  hidden: ReadonlySet<string>;
  onToggle: (label: string) => void;
  /** The moment that is pointed at, in ms since 1970; otherwise the last values are shown. */
  moment: number | null;
  valueText: (series: ChartSeries) => string;
}

const COLOURS: Record<ChartColour, string> = {
  1: "bg-(--chart-1)",
  2: "bg-(--chart-2)",
  3: "bg-(--chart-3)",
  4: "bg-(--chart-4)",
  5: "bg-(--chart-5)",
  6: "bg-(--chart-6)",
  success: "bg-success",
  warning: "bg-warning",
  danger: "bg-danger",
};

/** The series of a chart with their values where the cursor is; each can be switched off. */
export function ChartLegend({ series, hidden, onToggle, moment, valueText }: ChartLegendProps) {
  const words = useWords();
  const { formatMoment } = useFormat();
  return (
    <figcaption className="mt-1.5 flex flex-wrap items-center gap-x-1 text-xs">
      {series.map((one, index) => {
        const isHidden = hidden.has(one.label);
        return (
          <button
            key={one.label}
            type="button"
            aria-label={words.toggle(one.label)}
            aria-pressed={!isHidden}
            onClick={() => onToggle(one.label)}
            className="-ml-1.5 inline-flex h-7 items-center gap-1.5 rounded-md px-1.5 pr-2.5 hover:bg-accent"
          >
            <span
              aria-hidden
              className={cn("h-1 w-3 rounded-full", isHidden ? "bg-input" : COLOURS[colourOf(one, index)])}
            />
            <span className={cn(isHidden && "text-muted-foreground line-through")}>{one.label}</span>
            {!isHidden && <span className="min-w-10 font-medium tabular-nums">{valueText(one)}</span>}
          </button>
        );
      })}
      <span className="ml-auto text-muted-foreground tabular-nums">
        {moment !== null && momentText(moment, formatMoment)}
      </span>
    </figcaption>
  );
}
