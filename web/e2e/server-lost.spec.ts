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

/** Resolves once the page has the code of all pages, with what they share, and the words of the settings. */
const expectWhole = (page: Page) =>
  page.waitForFunction(() => {
    const { code } = JSON.parse(document.documentElement.dataset.early ?? "{}");
    const files = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const paths = files.filter(({ responseEnd }) => responseEnd > 0).map(({ name }) => new URL(name).pathname);
    const words = paths.filter((path) => path.startsWith("/assets/en-"));
    const needed: string[] = ["/users", "/events", "/settings", "/mails"].flatMap((page) => code[page]);
    return words.length === 2 && needed.every((file) => paths.includes(file));
  });

test("without its server the console says everywhere that it knows nothing, until it is back", async ({
  page,
  platform,
  faults,
}) => {
  faults.expect(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_SOCKET_NOT_CONNECTED/);
  // The page is back as soon as anybody answers; a service behind may still be starting then.
  faults.expect(/^503: GET/);
  await open(page, "/", "Overview");
  await expect(page.locator("[data-service=auth][data-status=up]")).toBeVisible();
  await expectLive(page);
  // It comes a moment after the first page, so that all can be gone to without a server.
  await expectWhole(page);
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
