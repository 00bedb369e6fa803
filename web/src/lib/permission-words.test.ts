import { readFileSync } from "node:fs";
import { i18n } from "@lingui/core";
import { expect, it } from "vitest";
import { PERMISSION_WORDS } from "./permission-words";

/** The permissions that there are, from the code that names them: name, and what it allows. */
function allPermissions(): [name: string, words: string][] {
  const [, list = ""] = readFileSync("../crates/contracts/src/permissions.rs", "utf8").split("permissions! {");
  const found = list.matchAll(/^ {4}\w+: "([a-z-]+)" "([a-z-]+)" "([^"]+)"/gm);
  return [...found].map(([, resource, action, words = ""]) => [`${resource}.${action}`, words]);
}

it("are there for every permission, and are in English what the server says", () => {
  const all = allPermissions();
  expect(all.length).toBeGreaterThan(40);
  const known = Object.entries(PERMISSION_WORDS).map(([name, words]) => [name, i18n._(words)]);
  expect(known.sort()).toEqual(all.sort());
});
