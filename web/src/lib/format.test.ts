import { describe, expect, it } from "vitest";
import { formatClock, formatFor } from "./format";

const { formatAgo, formatMilliseconds, formatMoment, formatQuantity } = formatFor("en");

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

describe("formatQuantity", () => {
  it("says the unit in the language, one or many, and leaves alone what it does not know", () => {
    expect([formatQuantity(1, "h"), formatQuantity(1_200, "s")]).toEqual(["1 hour", "1,200 seconds"]);
    expect(formatFor("de").formatQuantity(30, "days")).toBe("30 Tage");
    expect([formatQuantity(5, ""), formatQuantity(5, "KiB")]).toEqual(["5", "5 KiB"]);
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
