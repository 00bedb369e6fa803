import { look } from "./fixtures/look.ts";
import { open } from "./fixtures/moves.ts";
import { expect, testStoppable as test } from "./fixtures/test.ts";

test("a service that stops is shown as down within seconds", async ({ page, platform }) => {
  await open(page, "/", "Overview");
  const service = page.locator("[data-service=notifications]");
  await expect(service.and(page.locator("[data-status=up]"))).toBeVisible();
  await platform.stopService("notifications");
  await expect(service.and(page.locator("[data-status=down]"))).toBeVisible({ timeout: 5_000 });
  await look(page, "overview-down");
});
