import { readFileSync } from "node:fs";
import type { Schema } from "@cfworker/json-schema";
import { i18n } from "@lingui/core";
import { expect, it, describe as suite } from "vitest";
import { fromDraft, mergePatch, toDraft } from "./draft";
import { fieldErrors, validatorOf } from "./field-errors";
import { describe, type SchemaNode } from "./nodes";
import { wordsOf } from "./words";

const words = wordsOf(i18n);
/** The schema that the platform writes of its own configuration. */
const schema = JSON.parse(readFileSync("../docs/configuration.schema.json", "utf8")) as Schema;
const sections = Object.entries(schema.properties ?? {}).filter(
  (entry): entry is [string, Schema] => typeof entry[1] === "object" && entry[1].type === "object",
);

const flat = (node: SchemaNode): SchemaNode[] => {
  const inner =
    node.kind === "section" ? node.children : node.kind === "map" || node.kind === "list" ? [node.item] : [];
  return [node, ...inner.flatMap(flat)];
};

/** Routes and upstreams are changed by commands of their own, and as a whole; what no form is made of stays as it is. */
const ELSEWHERE = new Set(["routes", "upstreams"]);
const withoutThese = (node: SchemaNode): SchemaNode =>
  node.kind === "section" ? { ...node, children: node.children.filter(({ key }) => !ELSEWHERE.has(key)) } : node;

suite.each(sections)("the section %s of the configuration", (_, section) => {
  const node = describe(section);
  const value: unknown = section.default ?? {};

  it("has a field for everything in it", () => {
    expect(flat(withoutThese(node)).filter(({ kind }) => kind === "other")).toEqual([]);
    expect(flat(node).length).toBeGreaterThan(1);
  });

  it("finds its defaults right, and changes nothing in them", () => {
    const draft = toDraft(node, value, new Set(), words.numbers);
    expect(fieldErrors(validatorOf(section), node, draft, value, words)).toEqual({});
    expect(
      mergePatch(fromDraft(node, draft, value, words.numbers), fromDraft(node, draft, value, words.numbers)),
    ).toBeUndefined();
  });
});
