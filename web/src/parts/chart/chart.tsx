import { ChartNoAxesColumn, Table2 } from "lucide-react";
import { type KeyboardEvent, Suspense, useId, useRef, useState } from "react";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { formatTime, useFormat } from "@/lib/format";
import { lazyPart } from "@/lib/lazy-part";
import { type ChartMarker, type ChartSeries, hasValues, summaryOf, type Times } from "./chart-data";
import { ChartLegend } from "./chart-legend";
import { ChartTable } from "./chart-table";
import "./chart.css";
import { momentText } from "./moment-text";
import { type ChartUnit, useUnit } from "./units";
import { NO_VALUE, useWords } from "./words";

const Plot = lazyPart(async () => (await import("./plot")).Plot);

export interface ChartProps {
  title: string;
  /** ms since 1970, growing; undefined while they are loaded. */
  times: Times | undefined;
  series: readonly ChartSeries[];
  unit: ChartUnit;
  markers?: readonly ChartMarker[];
  /** Charts with the same one move their cursors together. */
  syncKey?: string;
  /** Why there is nothing to show. */
  error?: unknown;
  retry?: () => void;
  busy?: boolean;
  /** px */
  height?: number;
  heading?: "h2" | "h3";
  className?: string;
}

const NO_MARKERS: readonly ChartMarker[] = [];

/** Lines over time, with what they are in words and as a table. */
export function Chart(props: ChartProps) {
  const words = useWords();
  const { title, times, series, height = 200, heading: Heading = "h3", className } = props;
  const [asTable, setAsTable] = useState(false);
  const table = useId();
  const isThere = times !== undefined && hasValues(series);
  return (
    <Card className={cn("min-w-0 overflow-hidden", className)}>
      <div className="flex min-h-12 items-center gap-2 pr-2 pl-4">
        <Heading className="min-w-0 flex-1 truncate text-[0.8125rem] font-medium">{title}</Heading>
        {isThere && (
          <Button
            variant="ghost"
            size="iconSmall"
            aria-label={`${asTable ? words.hideTable : words.showTable}: ${title}`}
            title={asTable ? words.hideTable : words.showTable}
            aria-expanded={asTable}
            aria-controls={asTable ? table : undefined}
            onClick={() => setAsTable(!asTable)}
          >
            <Table2 aria-hidden />
          </Button>
        )}
      </div>
      {times === undefined && !props.error ? (
        <LoadingChart height={height} />
      ) : times === undefined ? (
        <ErrorState
          error={props.error}
          className="py-8"
          {...(props.retry && { retry: props.retry })}
          busy={props.busy ?? false}
        />
      ) : !isThere ? (
        <EmptyChart height={height} />
      ) : (
        <>
          <Drawing {...props} times={times} height={height} />
          {asTable && <ChartTable id={table} title={title} times={times} series={series} unit={props.unit} />}
        </>
      )}
    </Card>
  );
}

function Drawing(props: ChartProps & { times: Times; height: number }) {
  const words = useWords();
  const { title, times, series, unit, markers = NO_MARKERS, syncKey, height } = props;
  const { valueText: unitText, place } = useUnit(unit);
  const { formatMoment } = useFormat();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [moment, setMoment] = useState<number | null>(null);
  const moveTo = useRef<((at: number | null) => void) | null>(null);
  const summary = useId();
  const index = moment === null ? -1 : times.indexOf(moment);

  /** The value at the cursor, or the last one; a pause in between has none. */
  const valueText = ({ values }: ChartSeries) => {
    const value = moment === null ? values.findLast((one) => one !== null) : values[index];
    return value === null || value === undefined ? NO_VALUE : unitText(value);
  };
  const toggle = (label: string) => {
    const next = new Set(hidden);
    if (!next.delete(label)) next.add(label);
    setHidden(next);
  };
  const onKey = (event: KeyboardEvent) => {
    const last = times.length - 1;
    const from = index < 0 ? last + 1 : index;
    const target = {
      ArrowLeft: from - 1,
      ArrowRight: from + 1,
      Home: 0,
      End: last,
      PageUp: from - 10,
      PageDown: from + 10,
    };
    if (event.key === "Escape" && moment !== null) return moveTo.current?.(null);
    const to = target[event.key as keyof typeof target];
    if (to === undefined) return;
    event.preventDefault();
    moveTo.current?.(times[Math.max(0, Math.min(last, to))] ?? null);
  };
  const spoken = [
    index < 0 ? "" : momentText(times[index] ?? 0, formatMoment),
    ...series.filter(({ label }) => !hidden.has(label)).map((one) => `${one.label} ${valueText(one)}`),
  ];
  return (
    <figure className="px-4 pb-3">
      <p id={summary} className="sr-only">
        {summaryOf(series, markers, words, unitText, formatTime)}
      </p>
      {/* A slider over moments: what a screen reader can say of a drawing, and move along. */}
      <div
        role="slider"
        tabIndex={0}
        aria-label={words.cursorLabel(title)}
        aria-describedby={summary}
        aria-valuemin={0}
        aria-valuemax={times.length - 1}
        aria-valuenow={index < 0 ? times.length - 1 : index}
        aria-valuetext={spoken.filter(Boolean).join(", ")}
        onKeyDown={onKey}
        onBlur={() => moveTo.current?.(null)}
        className="rounded-md"
        style={{ minHeight: height }}
      >
        <Suspense fallback={<Skeleton className="w-full" style={{ height }} />}>
          <Plot
            times={times}
            series={series}
            hidden={hidden}
            markers={markers}
            unit={unit}
            place={place}
            height={height}
            syncKey={syncKey}
            onMoment={setMoment}
            moveTo={moveTo}
          />
        </Suspense>
      </div>
      <ChartLegend series={series} hidden={hidden} onToggle={toggle} moment={moment} valueText={valueText} />
    </figure>
  );
}

function LoadingChart({ height }: { height: number }) {
  const words = useWords();
  return (
    <Loading label={words.loading} className="px-4 pb-4">
      <Skeleton className="w-full" style={{ height }} />
    </Loading>
  );
}

function EmptyChart({ height }: { height: number }) {
  const words = useWords();
  return (
    <div
      className="flex flex-col items-center justify-center gap-2 px-4 pb-6 text-center text-muted-foreground"
      style={{ minHeight: height }}
    >
      <ChartNoAxesColumn aria-hidden className="size-5" strokeWidth={1.75} />
      <p>{words.empty}</p>
    </div>
  );
}
