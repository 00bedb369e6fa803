interface Place {
  line: number;
  column: number;
}

/** How much of a line is shown before and after the place, so that it fits on a phone. */
const BEFORE = 16;
const AFTER = 28;

/** The place that a message begins with, such as `line 1, column 5: …`; both count from 1. */
export function placeOf(message: string): Place | null {
  const found = /^line (\d+), column (\d+):/.exec(message);
  return found && { line: Number(found[1]), column: Number(found[2]) };
}

/** The part of a condition around a place, and a line below it that points there; null where there is no such place. */
export function pointAt(condition: string, { line, column }: Place): string | null {
  const text = condition.split("\n")[line - 1];
  if (text === undefined) return null;
  // Columns count characters, and some of them are two units of a string.
  const characters = [...text];
  const at = column - 1;
  if (at < 0 || at > characters.length) return null;
  const begin = Math.max(0, at - BEFORE);
  const end = Math.min(characters.length, at + AFTER);
  const before = begin > 0 ? "…" : "";
  const shown = `${before}${characters.slice(begin, end).join("")}${end < characters.length ? "…" : ""}`;
  return `${shown}\n${" ".repeat(before.length + at - begin)}^`;
}

/** What is wrong with a condition, and where. */
export function ConditionError({ condition, message }: { condition: string; message: string }) {
  const place = placeOf(message);
  const pointer = place && pointAt(condition, place);
  return (
    <>
      {pointer && (
        <pre aria-hidden className="font-mono text-xs leading-tight">
          {pointer}
        </pre>
      )}
      <p className="break-words">{message}</p>
    </>
  );
}
