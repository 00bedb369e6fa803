import type { I18n } from "@lingui/core";
import { plural, t } from "@lingui/core/macro";
import { wordsHook } from "../use-words";

const wordsOf = (i18n: I18n) => ({
  loading: t(i18n)`Loading the list`,
  any: t(i18n)`Any`,
  sortBy: t(i18n)`Sort by`,
  sortUsual: t(i18n)`Usual order`,
  ascending: (column: string) => t(i18n)`${column}, ascending`,
  descending: (column: string) => t(i18n)`${column}, descending`,
  columns: t(i18n)`Columns`,
  size: t(i18n)`Rows at once`,
  noMatch: t(i18n)`Nothing matches`,
  noMatchText: t(i18n)`No entry fits all of the filters.`,
  clearFilters: t(i18n)`Clear the filters`,
  selectRow: (row: string) => t(i18n)`Select ${row}`,
  selectAll: t(i18n)`Select all that are loaded`,
  selectMatching: t(i18n)`Select all that match`,
  loaded: (count: number, hasMore: boolean) =>
    hasMore
      ? t(i18n)`${plural(count, { one: "# loaded, more follow", other: "# loaded, more follow" })}`
      : t(i18n)`${plural(count, { one: "# in all", other: "# in all" })}`,
  selected: (count: number) => t(i18n)`${plural(count, { one: "# selected", other: "# selected" })}`,
  allMatching: t(i18n)`All that match the filters are selected`,
  clearSelection: t(i18n)`Clear the selection`,
  bulk: t(i18n)`With what is selected`,
  lost: t(i18n)`The server does not answer. This is what was loaded before.`,
  keys: t(i18n)`The arrow keys move between rows, the space key selects, Enter opens.`,
});

export const useWords = wordsHook(wordsOf);
