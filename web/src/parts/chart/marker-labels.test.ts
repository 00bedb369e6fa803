import { expect, it } from "vitest";
import { placeLabels } from "./marker-labels";

const places = (...lines: [x: number, width: number][]) =>
  placeLabels(
    lines.map(([x, width]) => ({ x, width })),
    0,
    200,
    4,
  ).map(({ index, x }) => [index, x]);

it("puts a label to the right of its line", () => {
  expect(places([10, 50], [100, 50])).toEqual([
    [0, 14],
    [1, 104],
  ]);
});

it("puts it to the left near the edge, and where the next line is near", () => {
  expect(places([180, 50])).toEqual([[0, 126]]);
  expect(places([80, 50], [100, 50])).toEqual([
    [0, 26],
    [1, 104],
  ]);
});

it("leaves out what would stand on another one", () => {
  expect(places([10, 50], [14, 50], [18, 50])).toEqual([[0, 14]]);
});
