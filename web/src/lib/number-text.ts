import { placeOf } from "./language";

/** Numbers as texts that somebody types, in the writing of a place such as `de-AT`. */
export interface NumberText {
  /** What a field begins with: without signs between the thousands. */
  write: (value: number) => string;
  /**
   * The number that a text shows; undefined where it shows none, where another place would take it for another number, and
   * where a computer would round it. Thousands may be set apart, all of them, as the place does it or by spaces.
   */
  read: (text: string, isWhole: boolean) => number | undefined;
}

const texts = new Map<string, NumberText>();

/** Numbers in a language, as the browser's place writes them. */
export function numberTextFor(language: string): NumberText {
  const place = placeOf(language);
  const text = texts.get(place) ?? numberTextOf(place);
  texts.set(place, text);
  return text;
}

/** The number that digits show, which is the whole one also where it is a large one. */
const exact = (digits: string): number | undefined => {
  const number = Number(digits);
  return Number.isFinite(number) && BigInt(number) === BigInt(digits) ? number : undefined;
};

function numberTextOf(place: string): NumberText {
  // Some languages set no sign into four digits, but everybody reads one there.
  const format = new Intl.NumberFormat(place, { useGrouping: "always", numberingSystem: "latn" });
  const signOf = (type: "group" | "decimal") => format.formatToParts(1234.5).find((part) => part.type === type)?.value;
  const decimal = signOf("decimal") ?? ".";
  const groupSigns = [plain(signOf("group") ?? " "), " "];
  /** The digits with a sign between the thousands. */
  const grouped = (digits: string, sign: string) =>
    format
      .formatToParts(BigInt(digits))
      .map(({ type, value }) => (type === "group" ? sign : value))
      .join("");

  const digitsOf = (whole: string): string | undefined => {
    if (/^\d+$/.test(whole)) return whole;
    const sign = groupSigns.find((one) => whole.includes(one));
    const digits = sign === undefined ? "" : whole.replaceAll(sign, "");
    return sign !== undefined && /^\d+$/.test(digits) && grouped(digits, sign) === whole ? digits : undefined;
  };

  return {
    write: (value) => String(value).replace(".", decimal),
    read(text, isWhole) {
      const [, minus = "", body = ""] = /^([-+−]?)(.*)$/s.exec(plain(text.trim())) ?? [];
      const [whole = "", fraction, ...more] = isWhole ? [body] : body.split(decimal);
      const digits = digitsOf(whole);
      if (digits === undefined || more.length > 0 || !/^\d*$/.test(fraction ?? "")) return undefined;
      // "1,234" alone is one and a bit elsewhere, which only a whole number cannot be.
      if (!isWhole && fraction === undefined && /^\d+[.,]\d+$/.test(whole)) return undefined;
      const number = fraction ? Number(`${digits}.${fraction}`) : exact(digits);
      return number === undefined || number === 0 || /^\+?$/.test(minus) ? number : -number;
    },
  };
}

/** A text whose spaces and apostrophes are those of a keyboard. */
const plain = (text: string): string => text.replace(/\s/g, " ").replaceAll("’", "'");
