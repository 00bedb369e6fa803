import { readFileSync } from "node:fs";
import { i18n } from "@lingui/core";
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LANGUAGES, speak } from "@/lib/language";
import { showPage } from "@/lib/show-page";
import { nodeOf } from "./setting-node";
import { SETTING_WORDS } from "./setting-words";
import { ExampleServer, TOKEN } from "./settings.example";
import { SettingsPage } from "./settings-page";

afterEach(async () => {
  cleanup();
  await speak("en");
});

interface Part {
  properties?: Record<string, Part>;
  "x-dynamic"?: true;
}

const dynamicKeys = ({ properties = {} }: Part): string[] =>
  Object.entries(properties).flatMap(([name, part]) => [
    ...(part["x-dynamic"] ? [name] : []),
    ...dynamicKeys(part).map((key) => `${name}.${key}`),
  ]);

const told = (key: string) => {
  const words = SETTING_WORDS[key];
  return words && [i18n._(words.name), i18n._(words.about)];
};

describe("the words of settings", () => {
  it("are there for every key that may change while ORION runs, and for no other", () => {
    const schema = JSON.parse(readFileSync("../docs/configuration.schema.json", "utf8"));
    expect(Object.keys(SETTING_WORDS)).toEqual(dynamicKeys(schema));
    expect(dynamicKeys(schema)).toContain(TOKEN.key);
  });

  it.each(LANGUAGES.filter((name) => name !== "en"))("are those of the language %s", async (language) => {
    const keys = Object.keys(SETTING_WORDS);
    const english = keys.map(told);
    await speak(language);
    expect(keys.filter((key, index) => told(key)?.[1] === english[index]?.[1])).toEqual([]);
  });

  it.each(LANGUAGES)("are not among the words in %s that every page waits for", async (language) => {
    const everywhere = import.meta.glob<object>("../../../locales/*.po", { import: "messages" });
    const messages = (await everywhere[`../../../locales/${language}.po`]?.()) ?? {};
    const { about } = SETTING_WORDS[TOKEN.key] ?? {};
    expect(Object.keys(messages).length).toBeGreaterThan(100);
    expect(messages).not.toHaveProperty([String(about?.id)]);
  });

  it("are the server's for a key that the console does not know", async () => {
    await speak("de");
    const { label, help } = nodeOf(i18n, { ...TOKEN, key: "auth.new_thing_seconds", description: "Of tomorrow." });
    expect([label, help]).toEqual(["New thing", "Of tomorrow."]);
  });
});

it.each([
  ["de", "Access-Token", "Wie lange ein Access-Token gilt, in Sekunden.", "Access-Token ändern", "Höchstens 3.600."],
  [
    "es",
    "Token de acceso",
    "Cuánto vale un token de acceso, en segundos.",
    "Cambiar Token de acceso",
    "Como máximo 3600.",
  ],
])(
  "the page in %s names, describes and bounds a setting in that language",
  async (language, name, about, change, bound) => {
    const server = new ExampleServer();
    vi.stubGlobal("fetch", server.fetch);
    await speak(language);
    showPage(SettingsPage, "/_console/settings");
    expect(await screen.findByRole("heading", { level: 3, name: new RegExp(`^${name}`) })).toBeTruthy();
    expect(screen.getByText(about)).toBeTruthy();
    await userEvent.click(await screen.findByRole("button", { name: change }));
    const field = screen.getByRole("textbox", { name });
    await userEvent.clear(field);
    await userEvent.type(field, "3601{Enter}");
    expect(await screen.findByText(bound)).toBeTruthy();
    expect(server.sent).toEqual([]);
  },
);
