import { useMemo } from "react";
import { readTableState, type Search, type TableChoices, type TableState, writeTableState } from "./table-state";

interface AddressProps {
  /** The page's search parameters: `route.useSearch()`. */
  search: Search;
  /** Puts others in their place: `(search) => navigate({ search, replace: true })`. */
  onSearch: (search: Record<string, unknown>) => void;
}

/**
 * What a table is asked for, kept in the page's address, so that it can be sent, marked and gone back to.
 *
 * @param choices a constant, or remembered: another one is another table
 * @returns the state, and how to change some of it
 */
export function useTableState(
  { search, onSearch }: AddressProps,
  choices: TableChoices,
): [state: TableState, change: (changed: Partial<TableState>) => void] {
  const state = useMemo(() => readTableState(search, choices), [search, choices]);
  return [state, (changed) => onSearch(writeTableState(search, choices, { ...state, ...changed }))];
}
