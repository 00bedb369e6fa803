import { randomUUID } from "node:crypto";
import { look } from "../fixtures/look.ts";
import { mailedLink } from "../fixtures/mail.ts";
import { register } from "../fixtures/people.ts";
import { change } from "../fixtures/settings.ts";
import { expect, test, testAlone } from "../fixtures/test.ts";

test.use({ signedIn: false });
testAlone.use({ signedIn: false });

/** Each page that can be opened as it is, with its status. */
const PAGES: Record<string, [path: string, status: number]> = {
  "sign-in": ["/auth/sign-in", 200],
  "sign-up": ["/auth/sign-up", 200],
  "sign-up-sent": ["/auth/sign-up/sent", 200],
  "signed-in": ["/auth/signed-in", 200],
  reset: ["/auth/reset", 200],
  "reset-dead": ["/auth/reset?token=x", 422],
  "verify-incomplete": ["/auth/verify-email", 400],
  "verify-dead": ["/auth/verify-email?token=x", 422],
  "organisation-invitation": ["/auth/organisation-invitation?id=019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42", 200],
  "organisation-invitation-incomplete": ["/auth/organisation-invitation", 400],
  "flow-over": ["/auth/flow", 410],
  "return-unknown": ["/auth/sign-in?return_to=https://evil.example/", 400],
  "not-found": ["/auth/no/such/page", 404],
};

for (const [language, locale] of Object.entries({ en: "en-US", de: "de-DE", es: "es-ES" })) {
  test.describe(language, () => {
    test.use({ locale });

    test(`every page can be used by everybody, in ${locale}`, async ({ page, platform, faults }) => {
      for (const [name, [path, status]] of Object.entries(PAGES)) {
        if (status >= 400) faults.expect(new RegExp(`^${status}: GET ${path.replace(/[?/.]/g, "\\$&")}$`));
        const answer = await page.goto(platform.gatewayUrl + path);
        expect(answer?.status(), path).toBe(status);
        await expect(page.locator("html")).toHaveAttribute("lang", language);
        await look(page, `pages-${language}-${name}`, language === "en" ? undefined : ["phone"]);
      }
    });

    test(`what is wrong is told at its field, in ${locale}`, async ({ page, platform, faults }) => {
      faults.expect(/^422: POST \/auth\/(sign-up|verify-email)/);
      await page.goto(`${platform.gatewayUrl}/auth/sign-up`);
      await page.locator("#email").fill(`noether.${randomUUID().slice(0, 8)}@example.org`);
      await page.locator("#password").fill("short");
      await page.locator("main button[type=submit]").click();
      await expect(page.locator("#password")).toHaveAccessibleDescription(/15/);
      await expect(page.locator("#password")).toBeFocused();
      await look(page, `pages-${language}-sign-up-wrong`);
      const { email } = await register(platform, "Emmy Noether", language);
      await page.goto(await mailedLink(platform, email, "/auth/verify-email"));
      await look(page, `pages-${language}-verify`);
      await page.locator("#password").fill("not the right password");
      await page.locator("main button[type=submit]").click();
      await expect(page.locator("#repeated")).toBeVisible();
      await look(page, `pages-${language}-verify-other`);
    });
  });
}

test("a language that was chosen stays", async ({ page, platform }) => {
  await page.goto(`${platform.gatewayUrl}/auth/sign-in`);
  await page.getByRole("link", { name: "Deutsch" }).click();
  await expect(page.getByRole("heading", { name: "Bei ORION anmelden" })).toBeVisible();
  await page.getByRole("link", { name: "Konto anlegen" }).click();
  await expect(page.getByRole("heading", { name: "Konto anlegen" })).toBeVisible();
});

testAlone("whoever has to wait is told so beside the form, in every language", async ({ page, platform, faults }) => {
  // The page looks for passkeys by itself.
  faults.expect(/^4(22|29): POST \/auth\/sign-in(\/passkey-options)?(\?lang=..)?$/);
  await change(platform, "auth.login_attempts_per_address_per_minute", 1);
  for (const [language, words] of Object.entries({ en: "in a minute", de: "in einer Minute", es: "un minuto" })) {
    await page.goto(`${platform.gatewayUrl}/auth/sign-in?lang=${language}`);
    await expect(async () => {
      await page.locator("#email").fill("gauss@example.org");
      await page.locator("#password").fill("not the right password");
      await page.locator("#password").press("Enter");
      await expect(page.getByRole("alert").first()).toContainText(words, { timeout: 2000 });
    }).toPass();
    await expect(page.getByRole("alert").getByRole("link")).toHaveAttribute("href", "/auth/reset");
    await expect(page.locator("#email")).toHaveValue("gauss@example.org");
    await expect(page.locator("#password")).toHaveValue("");
    await look(page, `pages-${language}-sign-in-wait`);
  }
});
