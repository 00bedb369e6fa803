import type { I18n } from "@lingui/core";
import { plural, t } from "@lingui/core/macro";
import { wordsHook } from "../use-words";

export const wordsOf = (i18n: I18n) => ({
  loading: t(i18n)`Loading the chart`,
  empty: t(i18n)`Nothing was measured in this time.`,
  showTable: t(i18n)`Show as a table`,
  hideTable: t(i18n)`Hide the table`,
  time: t(i18n)`Time`,
  noValue: t(i18n)`no value`,
  summary: (label: string, last: string, least: string, most: string) =>
    t(i18n)`${label}: ${last} at the end, between ${least} and ${most}.`,
  summaryEmpty: (label: string) => t(i18n)`${label}: no value.`,
  summaryMarkers: (texts: string) => t(i18n)`Marked: ${texts}.`,
  cursorLabel: (title: string) => t(i18n)`${title}: the values at a moment. The arrow keys move it.`,
  toggle: (label: string) => t(i18n)`Show ${label}`,
  tableLimit: (count: number) => t(i18n)`${plural(count, { one: "The last moment.", other: "The last # moments." })}`,
});

export type Words = ReturnType<typeof wordsOf>;
export const useWords = wordsHook(wordsOf);

/** In the place of a value where there is none. */
export const NO_VALUE = "–";
