import { useLingui } from "@lingui/react";
import { placeOf } from "./language";

const STEPS: [limit: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [60, "second", 1],
  [3600, "minute", 60],
  [86_400, "hour", 3600],
  [7 * 86_400, "day", 86_400],
];

/** What `Intl` calls the units of the configuration. */
const UNIT_NAMES: Record<string, string> = {
  ms: "millisecond",
  s: "second",
  min: "minute",
  h: "hour",
  days: "day",
  bytes: "byte",
  "%": "percent",
};

/** Dates, times and numbers as a place writes them, such as `de-AT`. */
export type Format = ReturnType<typeof formatOf>;

const formats = new Map<string, Format>();

/** The formats of a language, as the browser's place writes them. */
export function formatFor(language: string): Format {
  const place = placeOf(language);
  const format = formats.get(place) ?? formatOf(place);
  formats.set(place, format);
  return format;
}

/** The formats of the language that the page speaks; what uses them is drawn anew when that changes. */
export const useFormat = (): Format => formatFor(useLingui().i18n.locale);

function formatOf(place: string) {
  const dateTime = new Intl.DateTimeFormat(place, { dateStyle: "medium", timeStyle: "short" });
  const date = new Intl.DateTimeFormat(place, { dateStyle: "medium" });
  const utc = new Intl.DateTimeFormat(place, {
    dateStyle: "medium",
    timeStyle: "long",
    timeZone: "UTC",
    hourCycle: "h23",
  });
  const dayAndTime = new Intl.DateTimeFormat(place, {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const relative = new Intl.RelativeTimeFormat(place, { numeric: "auto", style: "short" });
  const count = new Intl.NumberFormat(place);
  const list = new Intl.ListFormat(place, { type: "conjunction" });
  const inUnit = (value: number, unit: string) =>
    new Intl.NumberFormat(place, { style: "unit", unit, unitDisplay: "short" }).format(value);

  const formatDate = (iso: string) => date.format(new Date(iso));
  return {
    formatDate,
    formatDateTime: (iso: string) => dateTime.format(new Date(iso)),
    /** To the second and in UTC, for what is reckoned in that. */
    formatUtc: (iso: string) => utc.format(new Date(iso)),
    formatCount: (value: number) => count.format(value),
    /** "300 seconds" for a short unit such as `s`; one that no language has a word for is put behind the number. */
    formatQuantity: (value: number, unit: string) => {
      const name = UNIT_NAMES[unit];
      if (!name) return `${count.format(value)} ${unit}`.trim();
      return new Intl.NumberFormat(place, { style: "unit", unit: name, unitDisplay: "long" }).format(value);
    },
    /** "auth, users and admin". */
    formatList: (names: readonly string[]) => list.format(names),
    /** "12 ms"; what took less than one is "<1 ms", because nothing takes no time. */
    formatMilliseconds: (value: number) => `${value < 1 ? "<" : ""}${inUnit(Math.max(1, value), "millisecond")}`,

    /** When something happened: the time of day to the millisecond today, the day and the minute before that. */
    formatMoment(iso: string, now = Date.now()): string {
      const at = new Date(iso);
      return at.toDateString() === new Date(now).toDateString() ? formatClock(iso) : dayAndTime.format(at);
    },

    /** "3 min. ago"; the date itself after a week. What a clock that lags sees in the future is "now". */
    formatAgo(iso: string, now = Date.now()): string {
      const seconds = Math.min(0, Math.round((Date.parse(iso) - now) / 1000));
      const step = STEPS.find(([limit]) => Math.abs(seconds) < limit);
      return step ? relative.format(Math.trunc(seconds / step[2]), step[1]) : formatDate(iso);
    },

    /** "4 days 2 hr", "3 min", "12 sec": the two largest units that matter. */
    formatDuration(milliseconds: number): string {
      const seconds = Math.max(0, Math.floor(milliseconds / 1000));
      if (seconds < 60) return inUnit(seconds, "second");
      const minutes = Math.floor(seconds / 60);
      if (minutes < 60) return inUnit(minutes, "minute");
      const hours = Math.floor(minutes / 60);
      if (hours < 24) return `${inUnit(hours, "hour")} ${inUnit(minutes % 60, "minute")}`;
      return `${inUnit(Math.floor(hours / 24), "day")} ${inUnit(hours % 24, "hour")}`;
    },
  };
}

/** The time of day to the millisecond, which is what tells events apart. */
export function formatClock(iso: string): string {
  const at = new Date(iso);
  const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");
  const seconds = `${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${seconds}`;
}

/** The time of day to the second. @param at ms since 1970 */
export const formatTime = (at: number): string => formatClock(new Date(at).toISOString()).slice(0, 8);
