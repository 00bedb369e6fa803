import { PHONE } from "./fixtures/chromium.ts";
import { look } from "./fixtures/look.ts";
import { expectPage, open } from "./fixtures/moves.ts";
import { expect, test } from "./fixtures/test.ts";

test("the account's menu can be left without a choice", async ({ page }) => {
  await open(page, "/", "Overview");
  await page.getByRole("button", { name: /account of/ }).click();
  const signOut = page.getByRole("menuitem", { name: "Sign out" });
  await expect(signOut).toBeVisible();
  await look(page, "account-menu");
  await page.keyboard.press("Escape");
  await expect(signOut).toHaveCount(0);
});

test("a phone has the navigation behind a button", async ({ page }) => {
  await page.setViewportSize(PHONE);
  await open(page, "/", "Overview");
  await page.getByRole("button", { name: "Navigation" }).click();
  const sheet = page.getByRole("dialog", { name: "Navigation" });
  const events = sheet.getByRole("link", { name: "Events" });
  await expect(events).toBeVisible();
  await look(page, "navigation-sheet");
  await page.setViewportSize(PHONE);
  await events.click();
  await expectPage(page, "Events");
  await expect(sheet).toHaveCount(0);
});

test("an address that does not exist says so", async ({ page }) => {
  await page.goto("/no/such/page");
  await expect(page.getByText("There is nothing at this address")).toBeVisible();
  await look(page, "not-found");
});
