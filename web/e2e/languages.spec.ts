import { readdirSync } from "node:fs";
import type { Page } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { register } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

/** Every page, by its address. */
const PAGES = {
  overview: "/",
  events: "/events",
  users: "/users",
  settings: "/settings",
  mails: "/mails",
  "not-found": "/no/such/page",
};
/** Those before signing in. */
const ENTRIES = { "sign-in": "/sign-in", setup: "/setup", reset: "/reset" };

/** The page says which language it speaks, fits, and can be used by all. Its colours are looked at in English. */
async function lookInLanguage(page: Page, language: string, [screen, path]: [string, string]): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", language);
  await look(page, `${screen}-${language}`, ["light", "phone"]);
}

/** Those that have a catalogue, but English, which every other test looks at. */
const LANGUAGES = readdirSync(new URL("../locales", import.meta.url))
  .map((file) => file.replace(/\.po$/, ""))
  .filter((language) => language !== "en");

for (const language of LANGUAGES) {
  test.describe(`in the language ${language}`, () => {
    test.use({ locale: language });

    for (const entry of Object.entries(PAGES)) {
      test(`the page at ${entry[1]} fits`, async ({ page, platform }) => {
        // Who registers is a row, a mail and an event.
        await register(platform, "Emmy Noether", language);
        await lookInLanguage(page, language, entry);
      });
    }

    test.describe("before signing in", () => {
      test.use({ signedIn: false });

      for (const entry of Object.entries(ENTRIES)) {
        test(`the page at ${entry[1]} fits`, async ({ page, platform }) => {
          await platform.setUp();
          await lookInLanguage(page, language, entry);
        });
      }
    });
  });
}
