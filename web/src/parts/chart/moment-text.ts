import type { Format } from "@/lib/format";

/** A moment to the second: the time of day today, the day and the minute before that. @param at ms since 1970 */
export const momentText = (at: number, formatMoment: Format["formatMoment"]): string =>
  formatMoment(new Date(at).toISOString()).replace(/\.\d+$/, "");
