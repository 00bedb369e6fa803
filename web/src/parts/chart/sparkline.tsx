import { cn } from "@/lib/cn";
import type { ChartColour } from "./chart-data";
import { HEIGHT, sparklinePath, WIDTH } from "./sparkline-path";
import "./chart.css";

interface SparklineProps {
  /** What it shows, with the values that matter: it is all that a screen reader hears. */
  label: string;
  /** At even distances, the newest last; null where nothing was measured. */
  values: readonly (number | null)[];
  colour?: ChartColour;
  className?: string;
}

const COLOURS: Record<ChartColour, string> = {
  1: "stroke-(--chart-1)",
  2: "stroke-(--chart-2)",
  3: "stroke-(--chart-3)",
  4: "stroke-(--chart-4)",
  5: "stroke-(--chart-5)",
  6: "stroke-(--chart-6)",
  success: "stroke-success",
  warning: "stroke-warning",
  danger: "stroke-danger",
};

/** A line the size of a word, without axes. */
export function Sparkline({ label, values, colour = 1, className }: SparklineProps) {
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cn("h-6 w-24 shrink-0 fill-none", COLOURS[colour], className)}
    >
      <path
        d={sparklinePath(values)}
        vectorEffect="non-scaling-stroke"
        strokeWidth={1.5}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
