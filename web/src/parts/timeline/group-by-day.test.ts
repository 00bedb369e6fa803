import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { groupByDay } from "./group-by-day";

const at = (day: number, hour: number) => new Date(2026, 2, day, hour).toISOString();
const names = { today: "Today", yesterday: "Yesterday", formatDate: (iso: string) => iso.slice(0, 4) };

// Clocks went forward on 29 March, whose day had 23 hours.
beforeEach(() => void vi.stubEnv("TZ", "Europe/Berlin"));
afterEach(() => void vi.unstubAllEnvs());

it("groups by the reader's day, and names the last two", () => {
  const now = new Date(2026, 2, 30, 1).getTime();
  const days = groupByDay([{ at: at(30, 0) }, { at: at(29, 23) }, { at: at(29, 1) }, { at: at(12, 8) }], now, names);
  expect(days.map(({ label, entries }) => [label, entries.length])).toEqual([
    ["Today", 1],
    ["Yesterday", 2],
    ["2026", 1],
  ]);
});

it("names yesterday where the day between had 23 hours", () => {
  const now = new Date(2026, 2, 30, 0, 30).getTime();
  // Counting back 24 hours would end on the day before.
  expect(groupByDay([{ at: at(29, 0) }], now, names)[0]?.label).toBe("Yesterday");
});

it("puts one that comes out of order with its day", () => {
  const now = new Date(2026, 2, 30, 1).getTime();
  const days = groupByDay([{ at: at(30, 0) }, { at: at(12, 8) }, { at: at(30, 0) }], now, names);
  expect(days.map(({ entries }) => entries.length)).toEqual([2, 1]);
});
