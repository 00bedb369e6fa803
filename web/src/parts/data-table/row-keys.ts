import type { KeyboardEvent, MouseEvent } from "react";
import type { ListRow } from "./columns";

/** Where a key leads from a row; null for keys that lead nowhere, and outside of the rows. */
export function moveFrom(event: KeyboardEvent, from: number, count: number): number | null {
  const isInRow = event.target instanceof Element && event.target.closest("[data-index]") !== null;
  if (!isInRow || event.altKey || event.ctrlKey || event.metaKey) return null;
  const targets: Record<string, number> = { ArrowUp: from - 1, ArrowDown: from + 1, Home: 0, End: count - 1 };
  const to = targets[event.key];
  if (to === undefined) return null;
  // Also at the ends: the page should not scroll there.
  event.preventDefault();
  return to >= 0 && to < count ? to : null;
}

/** The space key selects a row, with the shift key all from the one before. */
export function selectByKey<Item extends object>(event: KeyboardEvent, row: ListRow<Item>): void {
  if (event.key !== " " || !row.getCanSelect()) return;
  event.preventDefault();
  const checked = event.shiftKey || !row.getIsSelected();
  row.getToggleSelectedHandler()({ target: { checked }, shiftKey: event.shiftKey });
}

/** Whether a click is one that the page may answer itself; with a key or another button the browser opens a tab or a window. */
export const isPlainClick = (event: MouseEvent): boolean =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
