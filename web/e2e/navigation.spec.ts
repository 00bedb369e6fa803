import { PHONE } from "./fixtures/chromium.ts";
import { look } from "./fixtures/look.ts";
import { expectPage, goTo, open } from "./fixtures/moves.ts";
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

test("the heading stands in one place on all pages", async ({ page }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await open(page, "/", "Overview");
  const left = async () => (await page.getByRole("heading", { level: 1 }).boundingBox())?.x;
  const expected = await left();
  for (const heading of ["Events", "Settings", "Users", "Captured mails"]) {
    await goTo(page, heading);
    expect(await left(), heading).toBe(expected);
  }
});

test("an address that does not exist says so", async ({ page }) => {
  await page.goto("/no/such/page");
  await expect(page.getByText("There is nothing at this address")).toBeVisible();
  await look(page, "not-found");
});
