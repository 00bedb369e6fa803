import { look } from "./fixtures/look.ts";
import { goTo, open } from "./fixtures/moves.ts";
import { expect, test } from "./fixtures/test.ts";

test("a role is made, given permissions once the difference was looked at, and removed", async ({ page }) => {
  await open(page, "/", "Overview");
  await goTo(page, "Roles");
  await look(page, "roles");
  await page.getByRole("button", { name: "New role…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("front-desk");
  await dialog.getByLabel("Name to show").fill("Front desk");
  await dialog.getByLabel("What it is for").fill("Answers people who come by.");
  await look(page, "role-new");
  await dialog.getByRole("button", { name: "Make the role" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Front desk" })).toBeVisible();
  await page.getByRole("checkbox", { name: /users\.read/ }).check();
  await page.getByRole("checkbox", { name: /sessions\.read/ }).check();
  const staged = page.getByRole("region", { name: "What is to be changed" });
  await expect(staged).toContainText("nobody");
  await look(page, "role-staged");
  await page.getByRole("checkbox", { name: /sessions\.read/ }).uncheck();
  await staged.getByRole("button", { name: "Save…" }).click();
  await expect(page.getByRole("alertdialog")).toContainText("+ users.read");
  await look(page, "role-save");
  await page.getByRole("alertdialog").getByRole("button", { name: "Save" }).click();
  await expect(staged).toBeHidden();
  await expect(page.getByRole("checkbox", { name: /users\.read/ })).toBeChecked();
  await page.getByRole("button", { name: "Remove…" }).click();
  await page.getByRole("alertdialog").getByRole("textbox").fill("front-desk");
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Roles" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Front desk" })).toHaveCount(0);
});

test("a role is made that members of organisations hold inside", async ({ page }) => {
  await open(page, "/roles", "Roles");
  await page.getByRole("button", { name: "New role…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("inside-editor");
  await dialog.getByLabel("Where it is held").selectOption("org");
  await expect(dialog.getByLabel("Inherits from")).toHaveValue("organisation_member");
  await look(page, "role-new-inside");
  await dialog.getByRole("button", { name: "Make the role" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "inside-editor" })).toBeVisible();
  await expect(page.getByText("Inside organisations")).toBeVisible();
  await look(page, "role-inside");
  await open(page, "/roles", "Roles");
  await expect(page.getByRole("row", { name: /inside-editor/ })).toContainText("Inside organisations");
  await page.getByRole("link", { name: "inside-editor" }).click();
  await page.getByRole("button", { name: "Remove…" }).click();
  await page.getByRole("alertdialog").getByRole("textbox").fill("inside-editor");
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Roles" })).toBeVisible();
});

test("the matrix says from where a role has a permission", async ({ page }) => {
  await open(page, "/roles?view=matrix", "Roles");
  const row = page.getByRole("row", { name: /^profile\.read/ });
  await expect(row).toContainText("inherited from guest");
  await look(page, "roles-matrix");
});

test("decisions about a permission are logged from the matrix, and no more", async ({ page }) => {
  await open(page, "/roles?view=matrix", "Roles");
  const box = page.getByRole("checkbox", { name: "Log decisions about keys.rotate" });
  await expect(box).not.toBeChecked();
  await box.click();
  const question = page.getByRole("alertdialog", { name: "Log each decision about keys.rotate?" });
  await look(page, "roles-log-decisions");
  await question.getByRole("button", { name: "Log them" }).click();
  await expect(question).toBeHidden();
  await expect(box).toBeChecked();
  await box.scrollIntoViewIfNeeded();
  await look(page, "roles-matrix-logged");
  await page.getByRole("link", { name: "logged: decisions about keys.rotate" }).click();
  await page.waitForURL(/\/audit\?action=decide&resource=permission&resource_id=keys\.rotate$/);
  await page.goBack();
  await box.click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Log no more" }).click();
  await expect(box).not.toBeChecked();
});

test("a role that the program brings keeps its place, and super_admin everything", async ({ page, faults }) => {
  await open(page, "/roles/super_admin", "Super administrator");
  await expect(page.getByRole("checkbox", { name: /users\.read/ })).toBeDisabled();
  await expect(page.getByRole("button", { name: "Remove…" })).toHaveCount(0);
  faults.expect(/^404: GET \/api\/v1\/roles\/nobody-has-this$/);
  await open(page, "/roles/nobody-has-this", "There is no such role");
});

test("who may do something is listed with why, and what somebody may do is on their page", async ({ page }) => {
  await open(page, "/roles", "Roles");
  await page.getByRole("tab", { name: "Who may?" }).click();
  await page.getByLabel("Who may do this?").selectOption("roles.write");
  const people = page.getByRole("list", { name: "People who may" });
  await expect(people).toContainText("by the role super_admin");
  await look(page, "roles-who-may");
  await people.getByRole("link").first().click();
  const decided = page.getByRole("region", { name: "What they may do" });
  await expect(decided).toContainText("by the role super_admin");
});
