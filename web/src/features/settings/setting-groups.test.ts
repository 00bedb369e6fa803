import { i18n } from "@lingui/core";
import { expect, it } from "vitest";
import type { Setting } from "@/api/schema";
import { groupSettings, isFound } from "./setting-groups";

const setting = (key: string, description = "") =>
  ({ key, description, schema: { type: "integer" } }) as unknown as Setting;

it("groups settings by the word before the dot, in their order", () => {
  const groups = groupSettings([setting("auth.b"), setting("auth.a"), setting("log.filter"), setting("auth.c.d")]);
  expect(groups.map(({ section, settings }) => [section, ...settings.map(({ key }) => key)])).toEqual([
    ["auth", "auth.b", "auth.a", "auth.c.d"],
    ["log", "log.filter"],
  ]);
});

it("finds by every word, in key, name and description, whatever their case", () => {
  const token = setting("auth.access_token_seconds", "How long it lives");
  expect(
    ["", "auth.acc", "Access token", "LIVES auth", " token  "].filter((search) => !isFound(i18n, token, search)),
  ).toEqual([]);
  expect(isFound(i18n, token, "token users")).toBe(false);
});
