import { existsSync } from "node:fs";
import { look } from "./fixtures/look.ts";
import { register } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

/** Every page, by its address; the mails come with somebody who registers. */
const PAGES = ["/", "/events", "/users", "/mails", "/no/such/page"];
const ENTRIES = ["/sign-in", "/setup", "/reset"];

for (const language of ["de", "es"]) {
  test.describe(`in the language ${language}`, () => {
    const catalogue = new URL(`../locales/${language}.po`, import.meta.url);
    test.skip(!existsSync(catalogue), `the console has no words in the language ${language} yet`);
    test.use({ locale: language });

    test("every page fits, can be used by all, and says which language it speaks", async ({ page, platform }) => {
      await register(platform, "Emmy Noether", language);
      for (const path of PAGES) {
        await page.goto(path);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await expect(page.locator("html")).toHaveAttribute("lang", language);
        await look(page, `${language}${path.replaceAll("/", "-").replace(/-$/, "-overview")}`);
      }
    });

    test.describe("before signing in", () => {
      test.use({ signedIn: false });

      test("every page fits, can be used by all, and says which language it speaks", async ({ page, platform }) => {
        await platform.setUp();
        for (const path of ENTRIES) {
          await page.goto(path);
          await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
          await expect(page.locator("html")).toHaveAttribute("lang", language);
          await look(page, `${language}${path.replaceAll("/", "-")}`);
        }
      });
    });
  });
}
