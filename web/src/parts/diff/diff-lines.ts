import { diffArrays, diffWordsWithSpace } from "diff";

export interface Span {
  text: string;
  /** Whether it is this that differs within a line. */
  changed: boolean;
}

export interface Line {
  kind: "same" | "added" | "removed";
  /** Counted from 1; missing where the line is not on that side. */
  before?: number;
  after?: number;
  spans: Span[];
}

/** Lines that are shown, or that are the same and may be shown. */
export interface Block {
  folded: boolean;
  lines: Line[];
}

/** What stands beside each other; a side may be empty. */
export interface Pair {
  left?: Line;
  right?: Line;
}

/** Two texts that differ more than this can find in time are shown as all removed and all added. */
const LIMIT_MS = 500;
/** Longer lines are not compared word by word. */
const LONGEST_LINE = 2_000;
/** So many changed lines are compared word by word. */
const MOST_MARKED = 500;
/** Two lines that share less than this are two lines, not one that was changed. */
const LEAST_SHARED = 0.3;
/** So many lines around a change are always shown. */
const CONTEXT = 3;

const whole = (text: string): Span[] => [{ text, changed: false }];

/** Compares two texts line by line, and changed lines word by word. */
export function diffLines(before: string, after: string): Line[] {
  const [left, right] = [linesOf(before), linesOf(after)];
  const changes = diffArrays(left, right, { timeout: LIMIT_MS }) ?? [
    { value: left, removed: true, added: false },
    { value: right, removed: false, added: true },
  ];
  const lines: Line[] = [];
  let [atBefore, atAfter] = [1, 1];
  for (const { value, added, removed } of changes) {
    for (const text of value) {
      if (added) lines.push({ kind: "added", after: atAfter++, spans: whole(text) });
      else if (removed) lines.push({ kind: "removed", before: atBefore++, spans: whole(text) });
      else lines.push({ kind: "same", before: atBefore++, after: atAfter++, spans: whole(text) });
    }
  }
  let marked = 0;
  for (const { left, right } of sideBySide(lines)) {
    if (left?.kind !== "removed" || !right || marked++ >= MOST_MARKED) continue;
    [left.spans, right.spans] = diffWords(left, right);
  }
  return lines;
}

/** A text of no lines has none, not an empty one; the end of the last line begins no other. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function diffWords(left: Line, right: Line): [Span[], Span[]] {
  const [before, after] = [textOf(left), textOf(right)];
  const unmarked: [Span[], Span[]] = [whole(before), whole(after)];
  if (Math.max(before.length, after.length) > LONGEST_LINE) return unmarked;
  const parts = diffWordsWithSpace(before, after, { timeout: LIMIT_MS });
  if (!parts) return unmarked;
  const shared = parts.reduce(
    (sum, { added, removed, value }) => sum + (added || removed ? 0 : value.trim().length),
    0,
  );
  if (shared < LEAST_SHARED * Math.max(before.trim().length, after.trim().length)) return unmarked;
  return [
    parts.filter(({ added }) => !added).map(({ value, removed }) => ({ text: value, changed: removed })),
    parts.filter(({ removed }) => !removed).map(({ value, added }) => ({ text: value, changed: added })),
  ];
}

export const textOf = (line: Line): string => line.spans.map(({ text }) => text).join("");

/** Lines beside each other: what was removed beside what was added in its place. */
export function sideBySide(lines: readonly Line[]): Pair[] {
  const pairs: Pair[] = [];
  // The first of the change at hand that has nothing beside it yet.
  let open = 0;
  for (const line of lines) {
    if (line.kind === "same") {
      open = pairs.push({ left: line, right: line });
    } else if (line.kind === "removed") {
      pairs.push({ left: line });
    } else {
      const pair = pairs[open++];
      if (pair) pair.right = line;
      else pairs.push({ right: line });
    }
  }
  return pairs;
}

/** Parts the lines into what is shown and what is the same for so long that it is folded away. */
export function foldSame(lines: readonly Line[]): Block[] {
  const isNear = new Array<boolean>(lines.length).fill(false);
  lines.forEach((line, index) => {
    if (line.kind === "same") return;
    for (let near = Math.max(0, index - CONTEXT); near <= Math.min(lines.length - 1, index + CONTEXT); near++) {
      isNear[near] = true;
    }
  });
  const blocks: Block[] = [];
  lines.forEach((line, index) => {
    const folded = !isNear[index];
    const last = blocks.at(-1);
    if (last?.folded === folded) last.lines.push(line);
    else blocks.push({ folded, lines: [line] });
  });
  return blocks;
}
