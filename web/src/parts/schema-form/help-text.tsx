import { Fragment } from "react";
import type { SchemaNode } from "./nodes";
import { useWords, type Words } from "./words";

/** A description's first paragraph, with `code` as code. */
export function HelpText({ text }: { text: string }) {
  const [first = ""] = text.split(/\n\s*\n/);
  return first.split(/`([^`]+)`/).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move
      <code key={index} className="rounded bg-muted px-1 font-mono text-xs break-words">
        {part}
      </code>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move
      <Fragment key={index}>{part}</Fragment>
    ),
  );
}

/** What a value means, its bounds and its default. */
export function FieldHint({ node, more }: { node: SchemaNode; more?: string }) {
  const words = useWords();
  const facts = [rangeOf(node, words), defaultOf(node, words), more].filter((fact) => fact !== undefined);
  return (
    <>
      <HelpText text={node.help} />
      {facts.length > 0 && (
        <span className="block text-xs tabular-nums">
          {facts.map((fact) => `${fact.replace(/\.$/, "")}.`).join(" ")}
        </span>
      )}
    </>
  );
}

/** The bounds of a number, such as "1 to 3,600"; undefined where it has none. */
export function rangeOf({ kind, schema: { minimum, maximum } }: SchemaNode, words: Words): string | undefined {
  if (kind !== "number") return undefined;
  const text = words.number;
  if (minimum !== undefined && maximum !== undefined) return words.range(text(minimum), text(maximum));
  if (minimum !== undefined) return words.atLeast(text(minimum));
  return maximum === undefined ? undefined : words.atMost(text(maximum));
}

/** The default, where it is a short one. */
function defaultOf({ kind, nullable, schema }: SchemaNode, words: Words): string | undefined {
  const value: unknown = schema.default;
  if (typeof value === "number") return words.usually(words.number(value));
  if (typeof value === "boolean") return words.usually(value ? words.yes : words.no);
  if (typeof value === "string" && value !== "" && value.length <= 40 && kind !== "secret") return words.usually(value);
  return kind === "number" && nullable ? words.usually(words.notSet) : undefined;
}
