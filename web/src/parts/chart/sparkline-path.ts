/** The size of a sparkline's drawing; the page scales it. */
export const WIDTH = 100;
export const HEIGHT = 24;
/** The line is drawn with half of its width around it. */
const EDGE = 1.5;

/**
 * The path of a line through values at even distances, from the left edge to the right; a gap begins another line, and a
 * value alone between two gaps is a dot. Empty where there is no value.
 */
export function sparklinePath(values: readonly (number | null)[]): string {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (known.length === 0) return "";
  const least = known.reduce((first, second) => Math.min(first, second));
  const most = known.reduce((first, second) => Math.max(first, second));
  const x = (index: number) => (values.length < 2 ? WIDTH / 2 : (index / (values.length - 1)) * WIDTH);
  // All alike: in the middle, for it is neither high nor low.
  const y = (value: number) =>
    most === least ? HEIGHT / 2 : EDGE + (1 - (value - least) / (most - least)) * (HEIGHT - 2 * EDGE);
  let path = "";
  let isOpen = false;
  values.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) {
      isOpen = false;
      return;
    }
    const next = values[index + 1];
    const isAlone = !isOpen && (next === undefined || next === null || !Number.isFinite(next));
    path += `${isOpen ? "L" : "M"}${round(x(index))} ${round(y(value))}${isAlone ? "h0" : ""}`;
    isOpen = true;
  });
  return path;
}

const round = (value: number) => Math.round(value * 100) / 100;
