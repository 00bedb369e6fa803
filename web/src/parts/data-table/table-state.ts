export interface TableFilter {
  /** Its name in the address. */
  key: string;
  label: string;
  /** What may be chosen; without it, a text is searched. */
  options?: readonly { value: string; label: string }[];
  placeholder?: string;
}

export interface TableSort {
  column: string;
  descending: boolean;
}

/** What a table can be asked for. */
export interface TableChoices {
  filters: readonly TableFilter[];
  /** Keys of the columns that the server can sort by. */
  sortable: readonly string[];
  /** The first is the usual one. */
  sizes?: readonly number[];
}

/** What a table is asked for: all of it stands in the address. */
export interface TableState {
  /** Filters that are set, by their key. */
  filters: Readonly<Record<string, string>>;
  /** null for the server's usual order. */
  sort: TableSort | null;
  /** Rows that are loaded at once. */
  size: number;
}

/** The search parameters of a page, as the router has read them. */
export type Search = Readonly<Record<string, unknown>>;

export const SIZES: readonly number[] = [50, 100, 200];
/** A filter in the address that is longer than this is none of ours. */
const LONGEST_FILTER = 500;

/** What the address asks for; what it cannot ask for is left out. */
export function readTableState(search: Search, choices: TableChoices): TableState {
  const filters: Record<string, string> = {};
  for (const { key, options } of choices.filters) {
    // The router reads ?q=12 as a number.
    const text = typeof search[key] === "object" || search[key] === undefined ? "" : String(search[key]);
    const isKnown = options ? options.some(({ value }) => value === text) : text.length <= LONGEST_FILTER;
    if (text !== "" && isKnown) filters[key] = text;
  }
  const sizes = choices.sizes ?? SIZES;
  const size = sizes.find((one) => one === Number(search.size)) ?? sizes[0] ?? 50;
  return { filters, sort: readSort(search.sort, choices.sortable), size };
}

/** "-created_at" sorts by a column, descending. */
function readSort(text: unknown, sortable: readonly string[]): TableSort | null {
  if (typeof text !== "string") return null;
  const descending = text.startsWith("-");
  const column = descending ? text.slice(1) : text;
  return sortable.includes(column) ? { column, descending } : null;
}

/** The sort as it stands in the address, and as APIs take it. */
export const sortText = (sort: TableSort | null): string | undefined =>
  sort ? `${sort.descending ? "-" : ""}${sort.column}` : undefined;

/** The search parameters that ask for this. Those of others stay; what is usual is left out, so that addresses are short. */
export function writeTableState(search: Search, choices: TableChoices, state: TableState): Record<string, unknown> {
  const usual = (choices.sizes ?? SIZES)[0];
  const next: Record<string, unknown> = {
    ...search,
    sort: sortText(state.sort),
    size: state.size === usual ? undefined : state.size,
  };
  for (const { key } of choices.filters) next[key] = state.filters[key] || undefined;
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
}

/** The sort after a press on a column's heading: ascending, descending, then the usual one. */
export function nextSort(sort: TableSort | null, column: string): TableSort | null {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? null : { column, descending: true };
}
