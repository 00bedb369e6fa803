import { describe, expect, it } from "vitest";
import { diffLines, foldSame, sideBySide, textOf } from "./diff-lines";

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);

describe("diffLines", () => {
  it("numbers the lines of both sides", () => {
    const lines = diffLines("a\nb\nc\n", "a\nc\nd\n");
    expect(lines.map(({ kind, before, after }) => [kind, before, after])).toEqual([
      ["same", 1, 1],
      ["removed", 2, undefined],
      ["same", 3, 2],
      ["added", undefined, 3],
    ]);
  });

  it("marks the words that differ within a line", () => {
    const [removed, added] = diffLines("limit = 100 requests", "limit = 250 requests");
    expect(removed?.spans.filter(({ changed }) => changed).map(({ text }) => text)).toEqual(["100"]);
    expect(added?.spans.filter(({ changed }) => changed).map(({ text }) => text)).toEqual(["250"]);
    expect(added && textOf(added)).toBe("limit = 250 requests");
  });

  it("marks no words where two lines have little in common", () => {
    const lines = diffLines("alpha beta gamma", "one two three four");
    expect(lines.flatMap(({ spans }) => spans).some(({ changed }) => changed)).toBe(false);
  });

  it("has no line for a text that is empty", () => {
    expect(diffLines("", "a\n").map(({ kind }) => kind)).toEqual(["added"]);
    expect(diffLines("", "")).toEqual([]);
  });

  it("ends in time for large texts that have nothing in common", () => {
    const lines = (word: string) => Array.from({ length: 20_000 }, (_, index) => `${word} ${index}`).join("\n");
    const from = performance.now();
    const result = diffLines(lines("before"), lines("after"));
    expect(result).toHaveLength(40_000);
    expect(performance.now() - from).toBeLessThan(5_000);
  });
});

describe("sideBySide", () => {
  it("puts what was added beside what was removed, and leaves the rest alone", () => {
    const pairs = sideBySide(diffLines("a\nx\ny\nb", "a\nz\nb\nc"));
    expect(pairs.map(({ left, right }) => [left && textOf(left), right && textOf(right)])).toEqual([
      ["a", "a"],
      ["x", "z"],
      ["y", undefined],
      ["b", "b"],
      [undefined, "c"],
    ]);
  });
});

describe("foldSame", () => {
  it("keeps three lines around each change", () => {
    const before = numbered(20);
    const after = before.with(9, "another");
    const blocks = foldSame(diffLines(before.join("\n"), after.join("\n")));
    expect(blocks.map(({ folded, lines }) => [folded, lines.length])).toEqual([
      [true, 6],
      [false, 8],
      [true, 7],
    ]);
  });
});
