import { expect, it } from "vitest";
import { lookedAtInVain } from "./use-event-log";

const page = (...items: string[]) => ({ items });

it("counts what was looked at since the last event that was found", () => {
  expect(lookedAtInVain([])).toBe(0);
  expect(lookedAtInVain([page("a")])).toBe(0);
  expect(lookedAtInVain([page(), page()])).toBe(10_000);
  expect(lookedAtInVain([page(), page("a"), page()])).toBe(5_000);
});
