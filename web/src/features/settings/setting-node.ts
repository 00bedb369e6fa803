import type { Schema } from "@cfworker/json-schema";
import type { I18n } from "@lingui/core";
import { useLingui } from "@lingui/react";
import { useCallback } from "react";
import type { Setting } from "@/api/schema";
import { describe, type SchemaNode } from "@/parts/schema-form/nodes";
import { SETTING_WORDS } from "./setting-words";

type Described = Pick<Setting, "key" | "schema" | "description">;

/**
 * What a form knows of a setting: its name, what it is about, its kind, unit and bounds. A key that the console has no words for,
 * as one of a newer server, is named by itself and described by the server.
 */
export function nodeOf(i18n: I18n, { key, schema, description }: Described): SchemaNode {
  const node = describe(schema as Schema, key.slice(key.lastIndexOf(".") + 1));
  const words = SETTING_WORDS[key];
  if (!words) return { ...node, help: description };
  return { ...node, label: i18n._(words.name), help: i18n._(words.about) };
}

/** Tells of settings in the language of the page. */
export function useNodeOf(): (setting: Described) => SchemaNode {
  const { i18n } = useLingui();
  return useCallback((setting) => nodeOf(i18n, setting), [i18n]);
}

/** The schema of a form for one setting, whose field is called `value`, as the server calls it. */
export function formSchemaOf(node: SchemaNode): Schema {
  // The description stands above the form already.
  const { description: _, ...schema } = node.schema;
  const value = { ...schema, title: node.label, ...(node.kind === "number" && { "x-unit": node.unit }) };
  return { type: "object", required: ["value"], properties: { value } };
}
