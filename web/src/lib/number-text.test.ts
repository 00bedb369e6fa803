import { afterEach, describe, expect, it, vi } from "vitest";
import { formatFor } from "./format";
import { numberTextFor } from "./number-text";

afterEach(() => void vi.restoreAllMocks());

type Row = [text: string, value: number | undefined];
/** In every language. */
const PLAIN: Row[] = [
  ["0", 0],
  ["5000", 5_000],
  [" 5000 ", 5_000],
  ["+7", 7],
  ["-7", -7],
  ["−7", -7],
  ["5 000", 5_000],
  ["5\u00a0000", 5_000],
  ["1\u202f000\u202f000", 1_000_000],
  ["1000 000", undefined],
  ["5 00", undefined],
  ["5  000", undefined],
  ["1e3", undefined],
  ["0x10", undefined],
  ["five", undefined],
  ["", undefined],
  ["-", undefined],
  ["+-5", undefined],
  ["100000000000000000", 1e17],
  ["9007199254740993", undefined],
  ["9".repeat(400), undefined],
];
/** With the sign between the thousands, and the other one. */
const grouped = (own: string, other: string): Row[] => [
  [`5${own}000`, 5_000],
  [`-5${own}000`, -5_000],
  [`1${own}000${own}000${own}000`, 1_000_000_000],
  [`5${other}000`, undefined],
  [`5${other}0`, undefined],
  [`5${own}0`, undefined],
  [`5${own}00`, undefined],
  [`5${own}0000`, undefined],
  [`5000${own}000`, undefined],
  [`1${own}000000`, undefined],
  [`0${own}005`, undefined],
  [`${own}500`, undefined],
  [`5${own}`, undefined],
  [`1${own}000${other}000`, undefined],
  [`1${own}000 000`, undefined],
  [`1${own}000${other}5`, undefined],
];
const WHOLE: Record<string, Row[]> = {
  en: [...PLAIN, ...grouped(",", ".")],
  de: [...PLAIN, ...grouped(".", ",")],
  es: [...PLAIN, ...grouped(".", ",")],
};

describe.each(Object.entries(WHOLE))("a whole number in %s", (language, rows) => {
  const { read, write } = numberTextFor(language);

  it.each(rows)("%j is %s", (text, value) => {
    expect(read(text, true)).toBe(value);
  });

  it("is read as it is shown and as it is written, and as no other", () => {
    for (const value of [0, 7, 999, 1_000, 9_999, 12_345, 999_999, 1_000_000_000, 1_099_511_627_776, -1_234]) {
      expect(read(formatFor(language).formatCount(value), true)).toBe(value);
      expect(read(write(value), true)).toBe(value);
    }
  });
});

describe.each([
  ["en", ".", ","],
  ["de", ",", "."],
  ["es", ",", "."],
])("a number with a fraction in %s", (language, decimal, group) => {
  const { read, write } = numberTextFor(language);

  it("has the page's sign", () => {
    expect(read(`0${decimal}125`, false)).toBe(0.125);
    expect(read(`1${decimal}5`, false)).toBe(1.5);
    expect(read(`12${group}345${decimal}6`, false)).toBe(12_345.6);
    expect(read(write(0.5), false)).toBe(0.5);
    expect(read(`1${group}5`, false)).toBeUndefined();
    expect(read(`1${decimal}5${decimal}5`, false)).toBeUndefined();
  });

  it("is not guessed where another language would read another one", () => {
    expect(read(`1${group}234`, false)).toBeUndefined();
    expect(read(`1${group}234${group}567`, false)).toBe(1_234_567);
    expect(read("1234", false)).toBe(1_234);
  });
});

it("is read as the browser's place writes it", () => {
  vi.spyOn(navigator, "languages", "get").mockReturnValue(["de-CH", "en-IN", "es-MX"]);
  for (const language of ["de", "en", "es"]) {
    const shown = formatFor(language).formatCount(1_234_567);
    expect([shown, numberTextFor(language).read(shown, true)]).toEqual([shown, 1_234_567]);
  }
  expect(numberTextFor("de").read("5'000", true)).toBe(5_000);
  expect(numberTextFor("de").read("5.000", true)).toBeUndefined();
  expect(numberTextFor("en").read("1,234,567", true)).toBeUndefined();
  expect(numberTextFor("es").read("5,000", true)).toBe(5_000);
});
