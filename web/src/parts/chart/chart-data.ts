import type { Words } from "./words";

/** Colours that can be told apart, and those that mean something. */
export type ChartColour = 1 | 2 | 3 | 4 | 5 | 6 | "success" | "warning" | "danger";

export interface ChartSeries {
  label: string;
  /** A value for each moment; null where nothing was measured, which is drawn as a gap. */
  values: readonly (number | null)[];
  /** By default the next one. */
  colour?: ChartColour;
  /** Whether the ground below the line is filled. */
  area?: boolean;
}

/** A moment that explains what the lines do, such as a deployment. */
export interface ChartMarker {
  /** ms since 1970 */
  at: number;
  label: string;
  colour?: ChartColour;
}

/** Moments are ms since 1970, and grow. */
export type Times = readonly number[];

/** A pause of more than so many usual steps is one in which nothing was measured. */
const GAP_STEPS = 1.5;

/** The usual distance of two moments; 0 where there are fewer than two. */
function usualStep(times: Times): number {
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  steps.sort((first, second) => first - second);
  return steps[Math.floor((steps.length - 1) / 2)] ?? 0;
}

/**
 * Puts a moment without values into each pause, so that no line is drawn through a time in which nothing was measured.
 *
 * @param step the distance of two moments in ms; by default the usual one
 */
export function withGaps(
  times: Times,
  series: readonly ChartSeries[],
  step = usualStep(times),
): { times: number[]; values: (number | null)[][] } {
  const grown: number[] = [];
  const values: (number | null)[][] = series.map(() => []);
  times.forEach((time, index) => {
    const last = times[index - 1];
    if (last !== undefined && step > 0 && time - last > step * GAP_STEPS) {
      grown.push(last + step);
      for (const column of values) column.push(null);
    }
    grown.push(time);
    series.forEach((one, column) => {
      const value = one.values[index];
      values[column]?.push(typeof value === "number" && Number.isFinite(value) ? value : null);
    });
  });
  return { times: grown, values };
}

/** What a chart shows, for those who do not see it. */
export function summaryOf(
  series: readonly ChartSeries[],
  markers: readonly ChartMarker[],
  words: Words,
  valueText: (value: number) => string,
  timeText: (at: number) => string,
): string {
  const lines = series.map(({ label, values }) => {
    const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
    const last = known.at(-1);
    if (last === undefined) return words.summaryEmpty(label);
    // Not by Math.min(...known): arguments are limited.
    const least = known.reduce((first, second) => Math.min(first, second));
    const most = known.reduce((first, second) => Math.max(first, second));
    return words.summary(label, valueText(last), valueText(least), valueText(most));
  });
  const marked = markers.map(({ at, label }) => `${timeText(at)} ${label}`);
  return [...lines, ...(marked.length > 0 ? [words.summaryMarkers(marked.join(", "))] : [])].join(" ");
}

/** Whether there is anything to draw. */
export const hasValues = (series: readonly ChartSeries[]): boolean =>
  series.some(({ values }) => values.some((value) => value !== null && Number.isFinite(value)));

/** The colour of a series as a CSS variable's name. */
export const colourVariable = (colour: ChartColour): string =>
  typeof colour === "number" ? `--chart-${colour}` : `--${colour}`;

/** The colour of the series at this place. */
export const colourOf = (series: ChartSeries, index: number): ChartColour =>
  series.colour ?? (((index % 6) + 1) as 1 | 2 | 3 | 4 | 5 | 6);
