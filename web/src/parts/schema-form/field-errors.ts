import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { type Draft, type EntryDraft, fromDraft, isRecord, type SecretDraft } from "./draft";
import type { SchemaNode } from "./nodes";
import type { Words } from "./words";

/** Messages by the name of their field in the form, such as `providers.0.value.client_id`. */
export type FieldErrors = Record<string, string>;

interface Place {
  node: SchemaNode;
  /** The name of the field in the form. */
  name: string;
  draft: Draft;
  /** The line of a list of texts, counted from 0. */
  line?: number;
}

/** What is wrong with what stands in a form, by the schema that it is made of. */
export function fieldErrors(
  validator: Validator,
  node: SchemaNode,
  draft: Draft,
  original: unknown,
  words: Words,
): FieldErrors {
  const errors = nameErrors(node, draft, words);
  for (const unit of validator.validate(fromDraft(node, draft, original, words.numbers)).errors) {
    const place = placeOf(node, draft, stepsOf(unit.instanceLocation));
    if (!place) continue;
    for (const [name, message] of messagesOf(unit, place, words)) {
      // The first one is the nearest to what was typed; those of wrong types follow.
      errors[name] ??= message;
    }
  }
  return errors;
}

export const validatorOf = (schema: Schema): Validator => new Validator(schema, "2020-12", false);

/**
 * The field of the form that a server's error is about.
 *
 * @param field `mail.smtp_url` or `/mail/smtp_url`
 * @param prefix what the server's names begin with, such as `mail`
 */
export function nameOfField(node: SchemaNode, draft: Draft, field: string, prefix: string): string | undefined {
  const path = field.replace(/^\//, "").replaceAll("/", ".");
  const within = prefix && path.startsWith(`${prefix}.`) ? path.slice(prefix.length + 1) : path;
  const place = placeOf(
    node,
    draft,
    within.split(/[.[\]]+/).filter((step) => step !== ""),
  );
  return place && place.name !== "" && place.node.kind !== "section" ? place.name : undefined;
}

const stepsOf = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));

/** Goes down the form along the steps of a value; undefined where they lead out of it. */
function placeOf(root: SchemaNode, draft: Draft, steps: readonly string[]): Place | undefined {
  let place: Place = { node: root, name: "", draft };
  for (const [index, step] of steps.entries()) {
    const { node, name } = place;
    const join = (key: string | number) => (name === "" ? String(key) : `${name}.${key}`);
    if (node.kind === "section") {
      const child = node.children.find(({ key }) => key === step);
      if (!child || !isRecord(place.draft)) return undefined;
      const drafts = node.nullable ? place.draft.value : place.draft;
      const key = node.nullable && name !== "" ? `value.${step}` : step;
      place = { node: child, name: join(key), draft: isRecord(drafts) ? drafts[step] : undefined };
    } else if (node.kind === "map" || node.kind === "list") {
      const entries = place.draft as EntryDraft[];
      const at = node.kind === "list" ? Number(step) : entries.findIndex((entry) => entry.name.trim() === step);
      const entry = entries[at];
      if (!entry) return undefined;
      place = { node: node.item, name: `${join(at)}.value`, draft: entry.value };
    } else {
      return node.kind === "texts" && index === steps.length - 1 ? { ...place, line: Number(step) } : place;
    }
  }
  return place;
}

/** Names that are missing or there twice, which a value cannot show. */
function nameErrors(node: SchemaNode, draft: Draft, words: Words, name = ""): FieldErrors {
  const join = (key: string | number) => (name === "" ? String(key) : `${name}.${key}`);
  if (node.kind === "section") {
    const isOptional = node.nullable && name !== "";
    const drafts = isOptional && isRecord(draft) ? draft.value : draft;
    if (!isRecord(drafts) || (isOptional && isRecord(draft) && draft.isSet !== true)) return {};
    return Object.assign(
      {},
      ...node.children.map((child) =>
        nameErrors(child, drafts[child.key], words, join(isOptional ? `value.${child.key}` : child.key)),
      ),
    );
  }
  if (node.kind !== "map") return {};
  const errors: FieldErrors = {};
  const names = (draft as EntryDraft[]).map((entry) => entry.name.trim());
  names.forEach((one, index) => {
    if (one === "") errors[join(`${index}.name`)] = words.nameMissing;
    else if (names.indexOf(one) < index) errors[join(`${index}.name`)] = words.nameTaken;
    Object.assign(errors, nameErrors(node.item, (draft as EntryDraft[])[index]?.value, words, join(`${index}.value`)));
  });
  return errors;
}

/** What the validator found, in words, with the field that it is about. What only says that something within is wrong says nothing. */
function messagesOf(unit: OutputUnit, place: Place, words: Words): [name: string, message: string][] {
  const { node, name, line } = place;
  if (node.kind === "section" || node.kind === "map" || node.kind === "list")
    return containerMessages(unit, place, words);
  const schema = line === undefined ? node.schema : ((node.schema.items as Schema | undefined) ?? {});
  const text = leafMessage(unit, node, schema, words);
  return text === undefined ? [] : [[name, line === undefined ? text : words.line(line + 1, text)]];
}

function containerMessages(
  { keyword, error }: OutputUnit,
  { node, name, draft }: Place,
  words: Words,
): [string, string][] {
  const join = (key: string) => (name === "" ? key : `${name}.${key}`);
  if (keyword === "required" && node.kind === "section") {
    const isOptional = node.nullable && name !== "";
    const drafts = isOptional && isRecord(draft) ? draft.value : draft;
    return node.children
      .filter(({ key }) => error.includes(`"${key}"`))
      .filter(({ kind, key }) => !(kind === "secret" && isRecord(drafts) && (drafts[key] as SecretDraft).kept))
      .map(({ key }) => [join(isOptional ? `value.${key}` : key), words.missing]);
  }
  if (keyword === "propertyNames" && node.kind === "map") {
    const at = (draft as EntryDraft[]).findIndex((entry) => error.includes(`"${entry.name.trim()}"`));
    return at < 0 ? [] : [[join(`${at}.name`), words.nameForm]];
  }
  const { minItems, maxItems, minProperties, maxProperties } = node.schema;
  if (keyword === "minItems" || keyword === "minProperties")
    return [[name, words.fewItems(minItems ?? minProperties ?? 0)]];
  if (keyword === "maxItems" || keyword === "maxProperties")
    return [[name, words.manyItems(maxItems ?? maxProperties ?? 0)]];
  return [];
}

function leafMessage(
  { keyword, error }: OutputUnit,
  node: SchemaNode,
  schema: Schema,
  words: Words,
): string | undefined {
  if (node.kind === "choice") return words.choice;
  const count = (value: number | undefined) => words.number(value ?? 0);
  switch (keyword) {
    case "type":
      if (node.kind !== "number") return words.missing;
      // One that shows how the page writes numbers.
      return node.isWhole ? words.wholeNumber(count(12_345)) : words.anyNumber(count(12_345.6));
    case "minimum":
      return node.kind === "number" ? `${words.atLeast(count(schema.minimum))}.` : error;
    case "maximum":
      return node.kind === "number" ? `${words.atMost(count(schema.maximum))}.` : error;
    case "minLength":
      return schema.minLength === 1 ? words.missing : words.shortText(schema.minLength ?? 0);
    case "maxLength":
      return words.longText(schema.maxLength ?? 0);
    case "format":
      return schema.format === "uri" ? words.address : words.format(schema.format ?? "");
    case "pattern":
      return words.pattern;
    case "minItems":
      return words.fewItems(schema.minItems ?? 0);
    case "maxItems":
      return words.manyItems(schema.maxItems ?? 0);
    case "uniqueItems":
      return words.twice;
    case "properties":
    case "items":
    case "prefixItems":
      return undefined;
    default:
      return error;
  }
}
