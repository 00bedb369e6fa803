import { i18n } from "@lingui/core";
import { describe, expect, it } from "vitest";
import { hasValues, summaryOf, withGaps } from "./chart-data";
import { formatUnit } from "./units";
import { wordsOf } from "./words";

const words = wordsOf(i18n);
const perSecond = (value: number) => formatUnit(value, "perSecond", "en");

describe("withGaps", () => {
  it("puts a moment without values into a pause", () => {
    const { times, values } = withGaps([0, 10, 20, 60, 70], [{ label: "a", values: [1, 2, 3, 4, 5] }]);
    expect(times).toEqual([0, 10, 20, 30, 60, 70]);
    expect(values).toEqual([[1, 2, 3, null, 4, 5]]);
  });

  it("takes an even pace as it is, also one that trembles", () => {
    expect(withGaps([0, 10, 21, 30, 41], [{ label: "a", values: [1, 2, 3, 4, 5] }]).times).toHaveLength(5);
    expect(withGaps([5], [{ label: "a", values: [1] }]).times).toEqual([5]);
    expect(withGaps([], []).times).toEqual([]);
  });

  it("makes a gap of what is missing or no number", () => {
    const { values } = withGaps([0, 10, 20], [{ label: "a", values: [Number.NaN, 2] }]);
    expect(values).toEqual([[null, 2, null]]);
  });
});

describe("summaryOf", () => {
  const text = (at: number) => `at ${at}`;
  it("says the last value, the least and the most of each series, and what is marked", () => {
    const series = [
      { label: "Requests", values: [3, 12, null, 5, null] },
      { label: "Errors", values: [null] },
    ];
    expect(summaryOf(series, [{ at: 7, label: "Deployed" }], words, perSecond, text)).toBe(
      "Requests: 5/s at the end, between 3/s and 12/s. Errors: no value. Marked: at 7 Deployed.",
    );
  });

  it("takes a great many values", () => {
    const values = Array.from({ length: 300_000 }, (_, index) => index);
    expect(summaryOf([{ label: "a", values }], [], words, perSecond, text)).toContain("between 0/s and 300K/s");
  });
});

it("knows when there is nothing to draw", () => {
  expect(hasValues([{ label: "a", values: [null, Number.NaN] }])).toBe(false);
  expect(hasValues([{ label: "a", values: [null, 0] }])).toBe(true);
});

describe("formatUnit", () => {
  it("is short, and goes on to the next unit", () => {
    expect(formatUnit(1_234, "count", "en")).toBe("1.23K");
    expect(formatUnit(35, "perSecond", "en")).toBe("35/s");
    expect(formatUnit(250, "milliseconds", "en")).toBe("250 ms");
    expect(formatUnit(1_500, "milliseconds", "en")).toBe("1.5 s");
    expect(formatUnit(12.5, "percent", "en")).toBe("12.5%");
    expect(formatUnit(0, "bytes", "en")).toBe("0 B");
    expect(formatUnit(1_536, "bytes", "en")).toBe("1.5 KiB");
    expect(formatUnit(1_048_500, "bytes", "en")).toBe("1 MiB");
    expect(formatUnit(64 * 1024 ** 2, "bytes", "en")).toBe("64 MiB");
  });
});
