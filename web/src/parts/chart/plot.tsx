import { type RefObject, useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatTime } from "@/lib/format";
import type { ChartMarker, ChartSeries, Times } from "./chart-data";
import { colourOf, colourVariable, withGaps } from "./chart-data";
import { placeLabels } from "./marker-labels";
import type { ChartUnit } from "./units";
import { formatUnit } from "./units";

export interface PlotProps {
  times: Times;
  series: readonly ChartSeries[];
  /** Labels of the series that are not drawn. */
  hidden: ReadonlySet<string>;
  markers: readonly ChartMarker[];
  unit: ChartUnit;
  /** How numbers and days are written, such as `de-AT`. */
  place: string;
  /** px */
  height: number;
  /** Charts with the same one move their cursors together. */
  syncKey?: string | undefined;
  /** The moment under the cursor, in ms since 1970; null where it is nowhere. */
  onMoment: (at: number | null) => void;
  /** Moves the cursor, for the keyboard. */
  moveTo: RefObject<((at: number | null) => void) | null>;
}

/** The canvas of a chart. uPlot sets styles one by one, which the Content-Security-Policy allows. */
export function Plot({ times, series, hidden, markers, unit, place, height, syncKey, onMoment, moveTo }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef({ markers, onMoment });
  latest.current = { markers, onMoment };
  const data = useMemo((): uPlot.AlignedData => {
    const drawn = withGaps(times, series);
    return [drawn.times, ...drawn.values];
  }, [times, series]);
  const shape = JSON.stringify(series.map((one, index) => [one.label, colourOf(one, index), one.area === true]));

  // biome-ignore lint/correctness/useExhaustiveDependencies: values come by setData, visibility by setSeries; only another shape is another chart
  useEffect(() => {
    const parent = box.current;
    if (!parent) return;
    const made = new uPlot(
      {
        width: Math.max(1, parent.clientWidth),
        height,
        ms: 1,
        padding: [14, 8, 0, 0],
        legend: { show: false },
        scales: { y: { range: (_, least, most) => rangeOf(least, most) } },
        axes: axesOf(parent, unit, place),
        series: [{}, ...series.map((one, index) => seriesOf(parent, one, index))],
        cursor: {
          y: false,
          drag: { x: false, y: false },
          points: { size: 7, width: 2, fill: () => colour(parent, "--card") },
          ...(syncKey && { sync: { key: syncKey } }),
        },
        hooks: {
          draw: [(one) => drawMarkers(one, parent, latest.current.markers)],
          setCursor: [
            (one) => {
              const index = one.cursor.idx;
              const at = typeof index === "number" ? one.data[0][index] : undefined;
              latest.current.onMoment(at ?? null);
            },
          ],
        },
      },
      data,
      parent,
    );
    plot.current = made;
    moveTo.current = (at) => {
      const place = at === null ? { left: -10, top: -10 } : { left: made.valToPos(at, "x"), top: 1 };
      setCursor(made, place);
    };
    const resize = new ResizeObserver(() => made.setSize({ width: Math.max(1, parent.clientWidth), height }));
    resize.observe(parent);
    // The theme is a class of the page's root.
    const theme = new MutationObserver(() => made.redraw(false, true));
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    return () => {
      resize.disconnect();
      theme.disconnect();
      moveTo.current = null;
      made.destroy();
    };
  }, [shape, unit, place, height, syncKey]);

  useEffect(() => plot.current?.setData(data), [data]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a chart of another shape begins with all series shown
  useEffect(() => {
    series.forEach(({ label }, index) => {
      plot.current?.setSeries(index + 1, { show: !hidden.has(label) });
    });
  }, [hidden, shape, unit, place, height, syncKey]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: markers are read while drawing
  useEffect(() => plot.current?.redraw(false), [markers]);

  return <div ref={box} className="chart-plot min-w-0" />;
}

/** As the mouse would: those who listen are told, and the charts that move together. The last argument is missing in the types. */
function setCursor(plot: uPlot, place: { left: number; top: number }): void {
  const set: (place: { left: number; top: number }, fire: boolean, publish: boolean) => void = plot.setCursor;
  set(place, true, true);
}

/** The value axis begins at nothing, so that heights can be compared, and leaves room above. */
function rangeOf(least: number | null, most: number | null): [number, number] {
  const [from, to] = [Math.min(0, least ?? 0), Math.max(0, most ?? 0)];
  return from === to ? [0, 1] : [from * 1.1, to * 1.1];
}

const colour = (element: Element, variable: string): string =>
  getComputedStyle(element).getPropertyValue(variable).trim();

/** The same colour, through which one sees the grid. */
const faded = (element: Element, variable: string): string =>
  `color-mix(in oklab, ${colour(element, variable)} 14%, transparent)`;

function axesOf(parent: Element, unit: ChartUnit, place: string): uPlot.Axis[] {
  const shared: uPlot.Axis = {
    stroke: () => colour(parent, "--muted-foreground"),
    font: `11px ${getComputedStyle(parent).fontFamily}`,
    grid: { stroke: () => colour(parent, "--border"), width: 1 },
    ticks: { show: false },
  };
  return [
    { ...shared, grid: { show: false }, space: 72, size: 28, values: (_, ticks) => ticks.map(timeText(ticks, place)) },
    { ...shared, size: 60, space: 36, values: (_, ticks) => ticks.map((tick) => formatUnit(tick, unit, place)) },
  ];
}

const DAY_MS = 86_400_000;

/** The time of day, to the minute where seconds say nothing; the day where the ticks are days apart. */
function timeText(ticks: number[], place: string): (at: number) => string {
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  if (step >= DAY_MS) {
    const days = new Intl.DateTimeFormat(place, { month: "short", day: "numeric" });
    return (at) => days.format(at);
  }
  return (at) => formatTime(at).slice(0, step > 0 && step < 60_000 ? 8 : 5);
}

function seriesOf(parent: Element, one: ChartSeries, index: number): uPlot.Series {
  const variable = colourVariable(colourOf(one, index));
  return {
    label: one.label,
    width: 1.75,
    spanGaps: false,
    stroke: () => colour(parent, variable),
    points: { show: false },
    ...(one.area && { fill: () => faded(parent, variable) }),
  };
}

/** Vertical lines with their labels in a row above. */
function drawMarkers(plot: uPlot, parent: Element, markers: readonly ChartMarker[]): void {
  const { ctx, bbox } = plot;
  const scale = uPlot.pxRatio;
  const [left, right] = [bbox.left, bbox.left + bbox.width];
  ctx.save();
  ctx.font = `${11 * scale}px ${getComputedStyle(parent).fontFamily}`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  ctx.lineWidth = scale;
  ctx.setLineDash([4 * scale, 3 * scale]);
  const lines = markers
    .map((marker) => ({
      x: Math.round(plot.valToPos(marker.at, "x", true)),
      width: ctx.measureText(marker.label).width,
      label: marker.label,
      colour: colour(parent, marker.colour ? colourVariable(marker.colour) : "--muted-foreground"),
    }))
    .filter(({ x }) => x >= left && x <= right)
    .sort((first, second) => first.x - second.x);
  for (const line of lines) {
    ctx.strokeStyle = line.colour;
    ctx.beginPath();
    ctx.moveTo(line.x, bbox.top);
    ctx.lineTo(line.x, bbox.top + bbox.height);
    ctx.stroke();
  }
  for (const { index, x } of placeLabels(lines, left, right, 4 * scale)) {
    const line = lines[index];
    if (!line) continue;
    ctx.fillStyle = line.colour;
    ctx.fillText(line.label, x, bbox.top - 12 * scale);
  }
  ctx.restore();
}
