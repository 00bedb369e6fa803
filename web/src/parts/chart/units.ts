import { useLingui } from "@lingui/react";
import { placeOf } from "@/lib/language";

/** What the numbers of a chart are. */
export type ChartUnit = "count" | "perSecond" | "milliseconds" | "bytes" | "percent";

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB"];

interface Numbers {
  short: Intl.NumberFormat;
  plain: Intl.NumberFormat;
}

const made = new Map<string, Numbers>();

function numbersOf(place: string): Numbers {
  const numbers = made.get(place) ?? {
    short: new Intl.NumberFormat(place, { notation: "compact", maximumSignificantDigits: 3 }),
    plain: new Intl.NumberFormat(place, { maximumSignificantDigits: 3 }),
  };
  made.set(place, numbers);
  return numbers;
}

/** "1.2K", "35/s", "1.5 s", "64 MiB", "12%". Short enough for an axis. @param place how numbers are written, such as `de-AT` */
export function formatUnit(value: number, unit: ChartUnit, place: string): string {
  const { short, plain } = numbersOf(place);
  switch (unit) {
    case "count":
      return short.format(value);
    case "perSecond":
      return `${short.format(value)}/s`;
    case "milliseconds":
      return Math.abs(value) >= 1_000 ? `${plain.format(value / 1_000)} s` : `${plain.format(value)} ms`;
    case "percent":
      return `${plain.format(value)}%`;
    case "bytes": {
      const size = Math.abs(value);
      const power = size < 1 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log2(size) / 10));
      // 1023.9 KiB would be shown as 1,020 KiB: three digits are enough for the next unit to be the better one.
      const step = power < BYTES.length - 1 && size / 1024 ** power >= 1_000 ? power + 1 : power;
      return `${plain.format(value / 1024 ** step)} ${BYTES[step]}`;
    }
  }
}

/** How the numbers of a chart are written in the language that the page speaks, and its place. */
export function useUnit(unit: ChartUnit): { place: string; valueText: (value: number) => string } {
  const place = placeOf(useLingui().i18n.locale);
  return { place, valueText: (value) => formatUnit(value, unit, place) };
}
