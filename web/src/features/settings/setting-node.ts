import type { Schema } from "@cfworker/json-schema";
import type { Setting } from "@/api/schema";
import { describe, type SchemaNode } from "@/parts/schema-form/nodes";

type Described = Pick<Setting, "key" | "schema">;

/** What a form knows of a setting: its name in words, its kind, unit and bounds. */
export function nodeOf({ key, schema }: Described): SchemaNode {
  return describe(schema as Schema, key.slice(key.lastIndexOf(".") + 1));
}

/** The schema of a form for one setting, whose field is called `value`, as the server calls it. */
export function formSchemaOf(setting: Described): Schema {
  const node = nodeOf(setting);
  // The description stands above the form already.
  const { description: _, ...schema } = node.schema;
  const value = { ...schema, title: node.label, ...(node.kind === "number" && { "x-unit": node.unit }) };
  return { type: "object", required: ["value"], properties: { value } };
}
