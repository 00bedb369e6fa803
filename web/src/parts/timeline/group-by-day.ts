export interface Day<Entry> {
  /** The day where the reader is: "2026-11-27". */
  key: string;
  /** "Today", "Yesterday", or the date. */
  label: string;
  entries: Entry[];
}

export interface DayNames {
  today: string;
  yesterday: string;
  formatDate: (iso: string) => string;
}

/** A day's name for sorting and comparing, in the reader's own time zone. */
function dayOf(at: Date): string {
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

/**
 * Puts entries together by the day on which they happened, in the order in which they come. An entry that comes out of order,
 * as from a clock that lags, stands with its day.
 *
 * @param now ms since 1970
 * @param names how days are called
 */
export function groupByDay<Entry extends { at: string }>(
  entries: readonly Entry[],
  now: number,
  names: DayNames,
): Day<Entry>[] {
  const today = new Date(now);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const near = new Map([
    [dayOf(today), names.today],
    [dayOf(yesterday), names.yesterday],
  ]);
  const days = new Map<string, Day<Entry>>();
  for (const entry of entries) {
    const key = dayOf(new Date(entry.at));
    const day = days.get(key);
    if (day) day.entries.push(entry);
    else days.set(key, { key, label: near.get(key) ?? names.formatDate(entry.at), entries: [entry] });
  }
  return [...days.values()];
}
