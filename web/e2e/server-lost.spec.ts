import type { Page } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { expectLive, expectPage, goTo, open, SERVICES } from "./fixtures/moves.ts";
import { expect, testAlone as test } from "./fixtures/test.ts";

const PAGES = [
  { key: "u", heading: "Users", screen: "lost-users" },
  { key: "e", heading: "Events", screen: "lost-events" },
  { key: "s", heading: "Settings", screen: "lost-settings" },
  { key: "m", heading: "Captured mails", screen: "lost-captured-mails" },
];

/** Resolves once the page has this file of its code. */
async function arrival(page: Page, name: string): Promise<void> {
  const response = await page.waitForResponse((response) => response.url().includes(`/assets/${name}`));
  await response.finished();
}

test("without its server the console says everywhere that it knows nothing, until it is back", async ({
  page,
  platform,
  faults,
}) => {
  faults.expect(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/);
  // The code of all pages comes a moment after the first page, so that they can be gone to without a server.
  const code = Promise.all(
    ["events-page", "mails-page", "settings-page", "users-page"].map((name) => arrival(page, name)),
  );
  await open(page, "/", "Overview");
  await expect(page.locator("[data-service=auth][data-status=up]")).toBeVisible();
  await expectLive(page);
  await code;
  await platform.kill();
  await expect(page.locator("[data-contact=lost]")).toBeVisible({ timeout: 5_000 });
  for (const service of SERVICES) {
    await expect(page.locator(`[data-service=${service}][data-status=unknown]`)).toBeVisible();
  }
  await expect(page.locator("[data-platform=unknown]")).toBeVisible();
  await expect(page.locator("[data-live=lost]")).toBeVisible();
  await look(page, "lost-overview");
  for (const { key, heading, screen } of PAGES) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expectPage(page, heading);
    await expect(page.locator("main[data-stale]")).toBeVisible();
    await expect(page.getByText(/Waiting for/)).toHaveCount(0);
    await look(page, screen);
  }
  await platform.startAgain();
  await expect(page.locator("[data-contact=lost]")).toHaveCount(0, { timeout: 15_000 });
  await goTo(page, "Overview");
  await expect(page.locator("[data-service=auth][data-status=up]")).toBeVisible();
});
