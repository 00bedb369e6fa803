import { expect, it } from "vitest";
import { sparklinePath } from "./sparkline-path";

it("goes from edge to edge, the least at the bottom and the most at the top", () => {
  expect(sparklinePath([0, 5, 10])).toBe("M0 22.5L50 12L100 1.5");
});

it("begins another line after a gap, and makes a dot of a value alone", () => {
  expect(sparklinePath([0, 10, null, 5, null, 10, 0])).toMatch(/^M0 22\.5L16\.67 1\.5M50 12h0M83\.33 1\.5L100 22\.5$/);
});

it("draws what never changes in the middle", () => {
  expect(sparklinePath([7, 7])).toBe("M0 12L100 12");
  expect(sparklinePath([7])).toBe("M50 12h0");
});

it("draws nothing where there is no value", () => {
  expect(sparklinePath([null, Number.NaN])).toBe("");
  expect(sparklinePath([])).toBe("");
});
