import type { Page } from "@playwright/test";
import { PHONE } from "./fixtures/chromium.ts";
import { expectToStandOut, look } from "./fixtures/look.ts";
import { goTo, open } from "./fixtures/moves.ts";
import { register } from "./fixtures/people.ts";
import { expect, test, testAlone } from "./fixtures/test.ts";

const listed = (page: Page) => page.getByRole("navigation", { name: "Mails" }).getByRole("link");

testAlone("before the first mail the list says that there is none", async ({ page }) => {
  await open(page, "/mails", "Captured mails");
  await expect(page.getByRole("heading", { name: "No mail was captured" })).toBeVisible();
  await look(page, "mails-empty");
});

test("a mail appears in the open list when it is sent, and can be read", async ({ page, platform }) => {
  await register(platform, "Grace Hopper");
  await open(page, "/", "Overview");
  await goTo(page, "Captured mails");
  await expect(listed(page).first()).toBeVisible();
  await look(page, "mails");
  const { email } = await register(platform, "Emmy Noether", "de");
  const mail = listed(page).filter({ hasText: email });
  await mail.click();
  await expect(
    page
      .getByTitle(/^Preview of/)
      .contentFrame()
      .getByRole("link")
      .first(),
  ).toBeVisible();
  await look(page, "mail");
  const others = listed(page).and(page.locator(":not([aria-current])"));
  await expectToStandOut(mail, others, "mail");
  const tab = (selected: boolean) => page.getByRole("tab", { selected });
  await expectToStandOut(tab(true), tab(false), "mail-tabs");
});

test("the button of a mail opens its page in a tab that knows nothing of the console", async ({ page, platform }) => {
  const { email } = await register(platform, "Emmy Noether");
  await open(page, "/mails", "Captured mails");
  await listed(page).filter({ hasText: email }).click();
  const frame = page.getByTitle(/^Preview of/);
  // A mail may open tabs, and nothing else.
  await expect(frame).toHaveAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  const button = frame.contentFrame().getByRole("link").first();
  const [tab] = await Promise.all([page.context().waitForEvent("page"), button.click()]);
  await expect(tab.getByRole("button").first()).toBeVisible();
  expect(await tab.evaluate(() => window.opener === null), "the mail's page does not know who opened it").toBe(true);
  await tab.close();
  await expect(button, "the preview stays what it was").toBeVisible();
});

test("the arrow keys go from mail to mail", async ({ page, platform }) => {
  await register(platform, "Grace Hopper");
  const { email } = await register(platform, "Emmy Noether");
  await open(page, "/mails", "Captured mails");
  const mail = listed(page).filter({ hasText: email });
  await mail.click();
  await expect(mail).toHaveAttribute("aria-current", "page");
  const chosen = page.url();
  // The next or, where another test's mail came between, the one below.
  await expect(listed(page).nth(1)).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.waitForURL((url) => url.href !== chosen);
  await page.keyboard.press("ArrowUp");
  await page.waitForURL(chosen);
});

test("on a phone the list of mails comes back where it was left", async ({ page, platform }) => {
  for (let count = 0; count < 15; count += 1) await register(platform, "Grace Hopper");
  await page.setViewportSize(PHONE);
  await open(page, "/mails", "Captured mails");
  await expect(listed(page).nth(12)).toBeVisible();
  const mail = listed(page).nth(12);
  const href = await mail.getAttribute("href");
  await mail.scrollIntoViewIfNeeded();
  const list = page.getByRole("navigation", { name: "Mails" });
  const place = await list.evaluate((element) => element.scrollTop);
  expect(place).toBeGreaterThan(0);
  await mail.click();
  await page.getByRole("link", { name: "All mails" }).click();
  await expect(page.locator(":focus")).toHaveAttribute("href", href ?? "");
  expect(await list.evaluate((element) => element.scrollTop)).toBe(place);
});

test("the address of a mail that is not there says so, and leads to all", async ({ page, platform, faults }) => {
  faults.expect(/^4\d\d: GET \/api\/v1\/.*nonsense/);
  await register(platform, "Emmy Noether");
  await page.goto("/mails/nonsense");
  await expect(page.getByRole("heading", { name: "There is no such mail" })).toBeVisible();
  await look(page, "mail-none");
  await page.getByRole("link", { name: "Go to all mails" }).click();
  await expect(page.getByText("No mail chosen")).toBeVisible();
});

test("a link in the text of a mail does not tell who opened it", async ({ page, platform }) => {
  const { email } = await register(platform, "Emmy Noether");
  await open(page, "/mails", "Captured mails");
  await listed(page).filter({ hasText: email }).click();
  await page.getByRole("tab", { name: "Text" }).click();
  const link = page.getByRole("tabpanel").locator("pre a").first();
  await expect(link).toHaveAttribute("rel", "noopener noreferrer");
  await look(page, "mail-text");
});
