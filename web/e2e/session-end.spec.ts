import type { Page } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { expectPage, open } from "./fixtures/moves.ts";
import { ADMINISTRATOR } from "./fixtures/people.ts";
import type { Platform } from "./fixtures/platform.ts";
import { expect, test } from "./fixtures/test.ts";

// A session of its own, for it ends.
test.use({ signedIn: false });

async function signIn(page: Page, platform: Platform): Promise<void> {
  await platform.setUp();
  await page.getByRole("textbox", { name: "E-mail" }).fill(ADMINISTRATOR.email);
  await page.locator("[name=password]").fill(ADMINISTRATOR.password);
  await page.locator("[type=submit]").click();
}

test("what was typed is there again for one whose session has ended and who signs in again", async ({
  page,
  platform,
  faults,
}) => {
  faults.expect(/401/);
  await platform.setUp();
  await open(page, "/settings?setting=users.unverified_days", "Sign in");
  await signIn(page, platform);
  await expectPage(page, "Settings");
  const field = page.getByRole("textbox", { name: "Unverified" });
  await field.fill("11");
  // As another tab would.
  const headers = { "x-orion-csrf": "1", origin: platform.consoleUrl };
  await page.request.delete("/console/session", { headers });
  await expectPage(page, "Sign in");
  await expect(page.getByText(/what you typed is kept/)).toBeVisible();
  await look(page, "sign-in-after-end");
  await signIn(page, platform);
  await expectPage(page, "Settings");
  await expect(field).toHaveValue("11");
});

test("an end that comes in any case is told without locking the page", async ({ page, platform }) => {
  await platform.setUp();
  await page.route("**/console/session", async (route) => {
    const response = await route.fetch();
    const session = await response.json();
    const expires_at = new Date(Date.now() + 4 * 60_000).toISOString();
    await route.fulfill({ response, json: { ...session, expires_at, idle_expires_at: expires_at } });
  });
  await open(page, "/settings", "Sign in");
  await signIn(page, platform);
  const note = page.getByRole("region", { name: "End of the session" });
  await expect(note).toBeVisible();
  await page.getByRole("searchbox", { name: "Search settings" }).fill("unverified");
  await look(page, "session-ends");
  await note.getByRole("button", { name: "Close" }).click();
  await expect(note).toHaveCount(0);
});

test.describe("in German", () => {
  test.use({ locale: "de" });

  test("a number is saved as the page writes it", async ({ page, platform }) => {
    await platform.setUp();
    await open(page, "/settings?setting=gateway.rate_limit_requests", "Anmelden");
    await signIn(page, platform);
    await expectPage(page, "Einstellungen");
    const row = page.locator("[data-setting='gateway.rate_limit_requests']");
    await row.locator("[name=value]").fill("5,000");
    await row.getByRole("button", { name: "Speichern" }).click();
    await expect(row.getByText("Geben Sie eine ganze Zahl ein, etwa 12.345.")).toBeVisible();
    await row.locator("[name=value]").fill("5.000");
    await row.getByRole("button", { name: "Speichern" }).click();
    await expect(row.getByText("5.000", { exact: true })).toBeVisible();
    await row.getByRole("button", { name: "Zurücknehmen" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Zurücknehmen" }).click();
    await expect(page.getByRole("alertdialog")).toHaveCount(0);
  });
});
