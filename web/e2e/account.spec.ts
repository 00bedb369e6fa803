import type { Page } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { open } from "./fixtures/moves.ts";
import { ADMINISTRATOR, signInWith } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

/** Has the page read this in what the server answers. */
const answerWith = (page: Page, path: string, change: (answer: Record<string, unknown>) => object) =>
  page.route(`**${path}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), ...change(await response.json()) } });
  });

test("the account page of somebody without a password offers a link to choose one", async ({ page }) => {
  await answerWith(page, "/api/v1/auth/two-factor", () => ({ has_password: false }));
  await open(page, "/account", "Your security");
  await expect(page.getByRole("button", { name: "Mail me a link to choose one" })).toBeVisible();
  await look(page, "account-without-password");
});

test("a device that an administrator has blocked is said to be, and its owner cannot let it in", async ({
  page,
  platform,
}) => {
  await signInWith(platform, ADMINISTRATOR, "curl/8.14.1");
  await answerWith(page, "/api/v1/auth/devices", ({ items }) => ({
    items: (items as { name: string }[]).map((device) =>
      device.name.includes("curl") ? { ...device, status: "blocked", is_blocked_by_administrator: true } : device,
    ),
  }));
  await open(page, "/account", "Your security");
  const device = page.getByRole("listitem").filter({ hasText: "Blocked by an administrator" }).first();
  await expect(device).toBeVisible();
  await expect(device.getByRole("button")).toHaveCount(0);
  await device.scrollIntoViewIfNeeded();
  await look(page, "account-blocked-device");
});
