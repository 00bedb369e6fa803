import { expectToStandOut, look } from "./fixtures/look.ts";
import { expectLive, expectPage, open } from "./fixtures/moves.ts";
import { expect, test } from "./fixtures/test.ts";

test("the palette leads to pages", async ({ page }) => {
  await open(page, "/users", "Users");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Search commands" })).toBeVisible();
  await look(page, "palette");
  const option = (selected: boolean) => page.getByRole("option", { selected });
  await expectToStandOut(option(true), option(false), "palette");
  await page.keyboard.type("health");
  await page.keyboard.press("Enter");
  await expectPage(page, "Overview");
});

test("the palette searches users", async ({ page }) => {
  await open(page, "/events", "Events");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("lovelace");
  await look(page, "palette-search");
  await page.keyboard.press("Enter");
  await page.waitForURL(/users\?search=lovelace/);
});

test("the shortcuts are shown by one, and work at once when their list is left", async ({ page }) => {
  await open(page, "/", "Overview");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await look(page, "shortcuts");
  // At once, while the dialog still fades away.
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("u");
  await expectPage(page, "Users");
  await page.keyboard.press("/");
  await page.keyboard.type("ada");
  await page.waitForURL(/search=ada/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await expectPage(page, "Events");
});

test("each stop of the tab key is something that can be used", async ({ page }) => {
  await open(page, "/", "Overview");
  await expectLive(page);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const stops: (string | undefined)[] = [];
  for (let press = 0; press < 20; press += 1) {
    await page.keyboard.press("Tab");
    stops.push(await page.evaluate(() => document.activeElement?.tagName));
  }
  expect(stops).toContain("A");
  expect(stops).toContain("BUTTON");
  // The frame around a page is none, and nothing would show it.
  expect(stops).not.toContain("MAIN");
});

/** A promise, and how to keep it. */
function withResolvers() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((keep) => {
    resolve = keep;
  });
  return { promise, resolve };
}

test("what is typed right after Ctrl+K is for the palette, also while its code is on its way", async ({ page }) => {
  const { promise: later, resolve: arrive } = withResolvers();
  let asked = 0;
  await page.route(/assets\/overlays/, async (route) => {
    asked += 1;
    await later;
    await route.continue();
  });
  await open(page, "/events", "Events");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("guests");
  await expect.poll(() => asked, "the palette's code has a file of its own").toBe(1);
  expect(page.url()).toMatch(/\/events$/);
  arrive();
  const input = page.getByRole("combobox", { name: "Search commands" });
  await expect(input).toHaveValue("guests");
  await page.keyboard.type("!");
  await expect(input).toHaveValue("guests!");
});
