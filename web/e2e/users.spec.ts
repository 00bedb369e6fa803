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

test("filters stand in the address, and as chips that take them back", async ({ page, platform }) => {
  await register(platform, "Margaret Hamilton");
  await open(page, "/users", "Users");
  await page.getByRole("button", { name: "Filters and order" }).click();
  const filters = page.getByRole("form", { name: "Filters" });
  await filters.getByLabel("Address").selectOption({ label: "Not confirmed" });
  await filters.getByLabel("Sort order").selectOption({ label: "Name, A to Z" });
  await page.waitForURL(/is_verified=false.*sort=name|sort=name.*is_verified=false/);
  await expect(page.getByRole("table").getByText("Margaret Hamilton")).toBeVisible();
  await look(page, "users-filters");
  await page.getByRole("button", { name: "Take back: Address not confirmed" }).click();
  await expect(page).not.toHaveURL(/is_verified/);
});

test("somebody is invited, a role is promised no more, and their invitation is withdrawn", async ({ page }) => {
  await open(page, "/users", "Users");
  await page.getByRole("button", { name: "Invite somebody…" }).click();
  const dialog = page.getByRole("dialog", { name: "Invite somebody" });
  await dialog.getByLabel("E-mail address").fill(`dorothy.${Date.now()}@example.org`);
  await dialog.getByLabel("First name").fill("Dorothy");
  await dialog.getByLabel("Last name").fill("Vaughan");
  await dialog.getByRole("checkbox", { name: "Moderator" }).check();
  await dialog.getByRole("checkbox", { name: "Editor" }).check();
  await look(page, "users-invite");
  await dialog.getByRole("button", { name: "Invite" }).click();
  await expect(page.getByRole("heading", { name: "Dorothy Vaughan" })).toBeVisible();
  const section = page.getByRole("region", { name: "Invitation" });
  await expect(section).toContainText("the link is good until");
  await expect(section.getByRole("list", { name: "Promised roles" }).getByRole("listitem")).toHaveCount(2);
  await section.scrollIntoViewIfNeeded();
  await look(page, "user-invited");
  await section.getByRole("button", { name: "Take back: Moderator" }).click();
  const question = page.getByRole("alertdialog", { name: "Promise Dorothy Vaughan the role Moderator no more?" });
  await look(page, "user-promise-back");
  await question.getByRole("button", { name: "Take back" }).click();
  await expect(section.getByRole("link", { name: "Moderator" })).toHaveCount(0);
  await expect(section.getByRole("link", { name: "Editor" })).toBeVisible();
  await section.getByRole("button", { name: "Withdraw…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Withdraw" }).click();
  await expect(section).toContainText("Withdrawn on");
  await page.getByRole("button", { name: "Edit…" }).click();
  await look(page, "user-edit");
});
