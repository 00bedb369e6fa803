import { expectToStandOut, look } from "./fixtures/look.ts";
import { expectLive, navigation, open, SERVICES } from "./fixtures/moves.ts";
import { expect, test } from "./fixtures/test.ts";

test("the overview shows every service up, and says that it is live", async ({ page }) => {
  await open(page, "/", "Overview");
  await expectLive(page);
  for (const service of SERVICES) {
    await expect(page.locator(`[data-service=${service}][data-status=up]`)).toBeVisible({ timeout: 15_000 });
  }
  await look(page, "overview");
  const entry = navigation(page).getByRole("link");
  await expectToStandOut(entry.and(page.locator("[aria-current]")), entry.nth(1), "overview");
});
