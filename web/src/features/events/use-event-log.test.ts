import { expect, it } from "vitest";
import { lookedAtInVain } from "./use-event-log";

const page = (looked_at: number, ...items: string[]) => ({ items, looked_at });

it("counts what was looked at since the last event that was found", () => {
  expect(lookedAtInVain([])).toBe(0);
  expect(lookedAtInVain([page(5_000, "a")])).toBe(0);
  expect(lookedAtInVain([page(5_000), page(120)])).toBe(5_120);
  expect(lookedAtInVain([page(5_000), page(300, "a"), page(4_000)])).toBe(4_000);
});
