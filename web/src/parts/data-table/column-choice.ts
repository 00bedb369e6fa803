import { useState } from "react";
import type { TableColumn } from "./columns";

const keyOf = (table: string) => `orion.columns.${table}`;

/** Whether each column is shown, as somebody has chosen in this browser. */
function read(table: string, columns: readonly Pick<TableColumn<never>, "key" | "hiddenAtFirst" | "always">[]) {
  let stored: unknown;
  try {
    stored = JSON.parse(localStorage.getItem(keyOf(table)) ?? "null");
  } catch {
    // Not ours, or no storage: the usual columns.
  }
  const choice = typeof stored === "object" && stored !== null ? (stored as Record<string, unknown>) : {};
  return Object.fromEntries(
    columns.map(({ key, hiddenAtFirst = false, always = false }) => {
      const chosen = choice[key];
      return [key, always || (typeof chosen === "boolean" ? chosen : !hiddenAtFirst)];
    }),
  );
}

/**
 * Which columns of a table are shown; it is kept in this browser.
 *
 * @param table the table's name among all
 */
export function useColumnChoice(
  table: string,
  columns: readonly Pick<TableColumn<never>, "key" | "hiddenAtFirst" | "always">[],
): [shown: Record<string, boolean>, show: (key: string, shown: boolean) => void] {
  const [shown, setShown] = useState(() => read(table, columns));
  const show = (key: string, isShown: boolean) => {
    const next = { ...shown, [key]: isShown };
    setShown(next);
    try {
      localStorage.setItem(keyOf(table), JSON.stringify(next));
    } catch {
      // Full, or switched off: the choice lasts as long as the page.
    }
  };
  return [shown, show];
}
