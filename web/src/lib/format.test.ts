import { describe, expect, it } from "vitest";
import { formatClock, formatFor } from "./format";

const { formatAgo, formatMilliseconds, formatMoment } = formatFor("en");

const NOW = Date.parse("2026-03-01T12:00:00Z");

describe("formatAgo", () => {
  it("never speaks of the future, whatever the clocks say", () => {
    expect(formatAgo("2026-03-01T12:00:03Z", NOW)).toBe(formatAgo("2026-03-01T12:00:00Z", NOW));
  });

  it("tells seconds from minutes", () => {
    expect(formatAgo("2026-03-01T11:59:57Z", NOW)).toMatch(/3 sec/);
    expect(formatAgo("2026-03-01T11:57:00Z", NOW)).toMatch(/3 min/);
  });
});

describe("formatMilliseconds", () => {
  it("does not claim that anything takes no time", () => {
    expect([formatMilliseconds(0), formatMilliseconds(12)]).toEqual(["<1 ms", "12 ms"]);
  });
});

describe("formatMoment", () => {
  it("names the day of what was not today", () => {
    const at = "2026-03-01T12:00:00.125Z";
    expect(formatMoment(at, NOW)).toBe(formatClock(at));
    expect(formatMoment(at, NOW + 2 * 86_400_000)).toMatch(/Mar 1, \d\d:\d\d$/);
  });
});
