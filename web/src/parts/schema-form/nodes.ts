import type { Schema } from "@cfworker/json-schema";

interface Common {
  /** Its name in the value that it is part of. */
  key: string;
  label: string;
  /** What it means and does. */
  help: string;
  schema: Schema;
  /** Whether it may be null, which is: not set. */
  nullable: boolean;
}

export interface Option {
  value: string;
  label: string;
  help: string;
}

/** What a form shows for a part of a schema. */
export type SchemaNode = Common &
  (
    | { kind: "text" | "secret" | "boolean" | "texts" }
    | { kind: "number"; isWhole: boolean; unit: string }
    | { kind: "choice"; options: Option[] }
    | { kind: "section"; children: SchemaNode[] }
    /** Sections by a name that somebody gives. */
    | { kind: "map"; item: SchemaNode }
    /** Sections in an order. */
    | { kind: "list"; item: SchemaNode }
    /** What no form is made of. It stays as it is. */
    | { kind: "other" }
  );

/** A schema that refers to itself ends here. */
const DEEPEST = 8;

/** What the end of a name says of its unit. */
const UNITS: [suffix: string, unit: string][] = [
  ["_ms", "ms"],
  ["_milliseconds", "ms"],
  ["_seconds", "s"],
  ["_minutes", "min"],
  ["_hours", "h"],
  ["_days", "days"],
  ["_bytes", "bytes"],
  ["_kib", "KiB"],
  ["_mib", "MiB"],
  ["_percent", "%"],
];

/** What a form shows for a schema. @param key its name among its siblings; empty for the whole */
export function describe(schema: Schema, key = "", root: Schema = schema, depth = 0): SchemaNode {
  const resolved = resolve(schema, root);
  const types = [resolved.type ?? []].flat();
  const unit = UNITS.find(([suffix]) => key.endsWith(suffix));
  const common: Common = {
    key,
    label: resolved.title ?? labelOf(unit ? key.slice(0, -unit[0].length) : key),
    help: (resolved.description ?? "").trim(),
    schema: resolved,
    nullable: types.includes("null"),
  };
  const options = optionsOf(resolved);
  if (options) return { ...common, kind: "choice", options };
  if (depth >= DEEPEST) return { ...common, kind: "other" };
  const inner = (part: Schema, name: string) => describe(part, name, root, depth + 1);
  const wanted = types.filter((type) => type !== "null");
  switch (wanted.length === 1 ? wanted[0] : undefined) {
    case "string":
      return { ...common, kind: resolved.format === "password" || resolved.writeOnly ? "secret" : "text" };
    case "boolean":
      return { ...common, kind: "boolean" };
    case "integer":
    case "number":
      return {
        ...common,
        kind: "number",
        isWhole: wanted[0] === "integer",
        unit: resolved["x-unit"] ?? unit?.[1] ?? "",
      };
    case "array": {
      if (!isSchema(resolved.items)) return { ...common, kind: "other" };
      const item = inner(resolved.items, "");
      if (item.kind === "text") return { ...common, kind: "texts" };
      return item.kind === "section" ? { ...common, kind: "list", item } : { ...common, kind: "other" };
    }
    case "object": {
      if (resolved.properties) {
        const parts = Object.entries(resolved.properties).filter((entry): entry is [string, Schema] =>
          isSchema(entry[1]),
        );
        return { ...common, kind: "section", children: parts.map(([name, part]) => inner(part, name)) };
      }
      if (!isSchema(resolved.additionalProperties)) return { ...common, kind: "other" };
      const item = inner(resolved.additionalProperties, "");
      return item.kind === "section" ? { ...common, kind: "map", item } : { ...common, kind: "other" };
    }
    default:
      return { ...common, kind: "other" };
  }
}

const isSchema = (part: unknown): part is Schema => typeof part === "object" && part !== null && !Array.isArray(part);

/** A part that stands among the definitions; what is said beside the reference goes before what it refers to. */
function resolve(schema: Schema, root: Schema): Schema {
  if (!schema.$ref?.startsWith("#/")) return schema;
  let part: unknown = root;
  for (const step of schema.$ref.slice(2).split("/")) {
    part = isSchema(part) ? part[step.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
  }
  const { $ref: _, ...beside } = schema;
  return isSchema(part) ? { ...part, ...beside } : beside;
}

/** What can be chosen: an `enum` of texts, or a `oneOf` of constants, each with what it means. */
function optionsOf({ enum: values, oneOf }: Schema): Option[] | undefined {
  if (values?.length && values.every((value) => typeof value === "string")) {
    return values.map((value: string) => ({ value, label: value, help: "" }));
  }
  if (!oneOf?.length || !oneOf.every((one) => typeof one.const === "string")) return undefined;
  return oneOf.map((one) => ({ value: one.const, label: one.title ?? one.const, help: one.description ?? "" }));
}

/** "login_failures_before_delay" -> "Login failures before delay", "smtp_url" -> "SMTP URL" */
function labelOf(key: string): string {
  const words = key.split("_").map((word) => (SHORT_FORMS.has(word) ? word.toUpperCase() : word));
  const text = words.join(" ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What is written in capitals. */
const SHORT_FORMS = new Set(["url", "id", "smtp", "http", "https", "tls", "ip", "api", "ttl", "dns", "jwt", "cpu"]);
