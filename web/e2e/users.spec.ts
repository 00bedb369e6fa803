import { expectToStandOut, look } from "./fixtures/look.ts";
import { goTo, open } from "./fixtures/moves.ts";
import { register } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

test("users are found by how their address begins and by status", async ({ page, platform }) => {
  const { email, display_name } = await register(platform, "Katherine Johnson");
  await register(platform, "Grace Hopper");
  await open(page, "/", "Overview");
  await goTo(page, "Users");
  const table = page.getByRole("table");
  await expect(table).toBeVisible();
  await look(page, "users");
  const status = page.getByRole("group", { name: "Status" });
  const choice = status.locator("label");
  await expectToStandOut(choice.filter({ hasText: "All" }), choice.filter({ hasText: "Active" }), "users");
  await page.getByLabel("Search users").fill(email.slice(0, -"@example.org".length));
  await page.waitForURL(/search=/);
  await expect(table.getByText(display_name)).toHaveCount(1);
  await status.getByText("Pending").click();
  await page.waitForURL(/status=pending_verification/);
  await expect(table.getByText(display_name)).toBeVisible();
});

test("a search that finds nobody says so, and can be taken back", async ({ page }) => {
  await open(page, "/users", "Users");
  await page.getByRole("group", { name: "Status" }).getByText("Pending").click();
  await page.getByLabel("Search users").fill("nobody begins like this");
  await expect(page.getByRole("heading", { name: "No user matches" })).toBeVisible();
  await look(page, "users-none");
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await expect(page.getByRole("table")).toBeVisible();
});
