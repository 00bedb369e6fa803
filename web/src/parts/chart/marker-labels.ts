/** A label that can be drawn; x is where its text begins. */
export interface LabelPlace {
  index: number;
  x: number;
}

/**
 * Where the labels of vertical lines stand in one row: to the right of their line, or to the left where another line or the
 * edge is near. One that has room on neither side is left out; the chart's summary has them all.
 *
 * @param lines from left to right, in px, with the width of their labels
 * @param gap px between a line and its label
 */
export function placeLabels(
  lines: readonly { x: number; width: number }[],
  from: number,
  to: number,
  gap: number,
): LabelPlace[] {
  const places: LabelPlace[] = [];
  let free = from;
  lines.forEach(({ x, width }, index) => {
    const next = lines[index + 1]?.x ?? Number.POSITIVE_INFINITY;
    const right = x + gap;
    const left = x - gap - width;
    const fitsRight = right >= free && right + width <= to;
    // To the left, when that keeps the next line's own label from being left out.
    const begin = fitsRight && right + width + gap <= next ? right : left >= free ? left : fitsRight ? right : null;
    if (begin === null) return;
    places.push({ index, x: begin });
    free = Math.max(x, begin + width) + gap;
  });
  return places;
}
