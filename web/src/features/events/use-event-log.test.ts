import { expect, it } from "vitest";
import type { Event as PlatformEvent } from "@/api/schema";
import { lookedAtInVain, since } from "./use-event-log";

const page = (looked_at: number, ...items: string[]) => ({ items, looked_at });

it("counts what was looked at since the last event that was found", () => {
  expect(lookedAtInVain([])).toBe(0);
  expect(lookedAtInVain([page(5_000, "a")])).toBe(0);
  expect(lookedAtInVain([page(5_000), page(120)])).toBe(5_120);
  expect(lookedAtInVain([page(5_000), page(300, "a"), page(4_000)])).toBe(4_000);
});

it("puts on top what happened since the newest event of the log", () => {
  const events = (...ids: string[]) => ids.map((id) => ({ id }) as PlatformEvent);
  const [newest] = events("c");
  expect(since(events("e", "d", "c", "b"), newest)).toEqual(events("e", "d"));
  expect(since(events("e", "d"), newest)).toEqual(events("e", "d"));
  expect(since(events("a"), undefined)).toEqual(events("a"));
  expect(since([], newest)).toEqual([]);
});
