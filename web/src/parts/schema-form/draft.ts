import type { NumberText } from "@/lib/number-text";
import type { SchemaNode } from "./nodes";

/** What stands in a form: texts as they are typed, entries in their order. */
export type Draft = unknown;

export interface SecretDraft {
  /** Whether there is one that stays as it is. */
  kept: boolean;
  text: string;
}

export interface OptionalDraft {
  isSet: boolean;
  value: Record<string, Draft>;
}

export interface EntryDraft {
  name: string;
  /** Whether the server does not know it yet: only then may the name be changed. */
  isNew: boolean;
  value: Record<string, Draft>;
}

type Values = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What a form begins with.
 *
 * @param value what is in force; secrets are not in it, or masked
 * @param secrets dotted paths of the secrets that are set
 * @param numbers how the page writes them
 */
export function toDraft(
  node: SchemaNode,
  value: unknown,
  secrets: ReadonlySet<string>,
  numbers: NumberText,
  path = "",
): Draft {
  const at = (key: string) => (path ? `${path}.${key}` : key);
  const section = (part: SchemaNode, inner: unknown, innerPath: string) =>
    toDraft(part, inner, secrets, numbers, innerPath);
  switch (node.kind) {
    case "text":
    case "choice":
      return typeof value === "string" ? value : "";
    case "number":
      // A text is what somebody typed that is no number.
      if (typeof value === "number") return numbers.write(value);
      return typeof value === "string" ? value : "";
    case "boolean":
      return value === true;
    case "texts":
      return Array.isArray(value) ? value.join("\n") : "";
    case "secret":
      return { kept: secrets.has(path), text: "" } satisfies SecretDraft;
    case "section": {
      const values: Values = isRecord(value) ? value : {};
      const drafts = Object.fromEntries(
        node.children.map((child) => [child.key, toDraft(child, values[child.key], secrets, numbers, at(child.key))]),
      );
      return node.nullable ? ({ isSet: isRecord(value), value: drafts } satisfies OptionalDraft) : drafts;
    }
    case "map":
      return Object.entries(isRecord(value) ? value : {}).map(
        ([name, inner]) => ({ name, isNew: false, value: section(node.item, inner, at(name)) }) as EntryDraft,
      );
    case "list":
      // Entries without names cannot keep secrets: another order would give them to others.
      return (Array.isArray(value) ? value : []).map(
        (inner) => ({ name: "", isNew: false, value: section(node.item, inner, at("[]")) }) as EntryDraft,
      );
    case "other":
      return value;
  }
}

/**
 * The value that a form stands for. What is undefined is left out: its default is in force. A secret that is kept is left out too.
 *
 * @param original what was in force: what nobody has touched stays what it was
 * @param numbers how the page writes them
 */
export function fromDraft(node: SchemaNode, draft: Draft, original: unknown, numbers: NumberText): unknown {
  switch (node.kind) {
    case "text":
    case "choice":
      return draft === "" && typeof original !== "string" ? (original ?? undefined) : draft;
    case "number":
      return numberOf(String(draft ?? "").trim(), node, numbers);
    case "boolean":
      return draft === true || original !== undefined ? draft === true : undefined;
    case "texts": {
      const lines = linesOf(String(draft ?? ""));
      return lines.length === 0 && original === undefined ? undefined : lines;
    }
    case "secret": {
      const { kept, text } = draft as SecretDraft;
      return kept ? undefined : text;
    }
    case "section": {
      const isOptional = node.nullable;
      if (isOptional && !(draft as OptionalDraft).isSet) return original === undefined ? undefined : null;
      const drafts = (isOptional ? (draft as OptionalDraft).value : draft) as Record<string, Draft>;
      return sectionOf(node, drafts, original, numbers);
    }
    case "map": {
      const originals: Values = isRecord(original) ? original : {};
      const entries = (draft as EntryDraft[]).map(
        ({ name, value }) => [name.trim(), fromDraft(node.item, value, originals[name.trim()], numbers)] as const,
      );
      return entries.length === 0 && original === undefined ? undefined : Object.fromEntries(entries);
    }
    case "list": {
      const originals = Array.isArray(original) ? original : [];
      const entries = (draft as EntryDraft[]).map(({ value }, index) =>
        fromDraft(node.item, value, originals[index], numbers),
      );
      return entries.length === 0 && original === undefined ? undefined : entries;
    }
    case "other":
      return original;
  }
}

function sectionOf(
  node: SchemaNode & { kind: "section" },
  drafts: Record<string, Draft>,
  original: unknown,
  numbers: NumberText,
) {
  const originals: Values = isRecord(original) ? original : {};
  const values = node.children.map((child) => [
    child.key,
    fromDraft(child, drafts[child.key], originals[child.key], numbers),
  ]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** A number; an empty field is none, and what is no number stays a text, so that it is told what is wrong with it. */
function numberOf(
  text: string,
  { nullable, isWhole }: SchemaNode & { kind: "number" },
  numbers: NumberText,
): number | string | null | undefined {
  if (text === "") return nullable ? null : undefined;
  return numbers.read(text, isWhole) ?? text;
}

/** The lines that are not empty. */
export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/**
 * What has to be sent so that one value becomes another: a merge patch (RFC 7396), in which null takes away. Undefined when
 * they are alike.
 */
export function mergePatch(before: unknown, after: unknown): unknown {
  if (!isRecord(after) || !isRecord(before)) {
    return JSON.stringify(before) === JSON.stringify(after) ? undefined : (after ?? null);
  }
  const changes = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((key) => [key, mergePatch(before[key], after[key])] as const)
    .filter(([, change]) => change !== undefined);
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** How many values a merge patch changes. */
export function countChanges(patch: unknown): number {
  if (patch === undefined) return 0;
  if (!isRecord(patch) || Object.keys(patch).length === 0) return 1;
  return Object.values(patch).reduce((sum: number, part) => sum + countChanges(part), 0);
}
