import { look } from "./fixtures/look.ts";
import { goTo, open } from "./fixtures/moves.ts";
import { expect, test } from "./fixtures/test.ts";

test("a key is made in one's account, shown once, rotated and revoked", async ({ page }) => {
  await open(page, "/account", "Your security");
  await page.getByRole("button", { name: "Make an API key…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Nightly export");
  await dialog.getByRole("checkbox", { name: "users.read" }).check();
  await look(page, "api-key-new");
  await dialog.getByRole("button", { name: "Make the key" }).click();
  await expect(dialog.getByText(/^orion_[0-9A-Za-z]{49}$/)).toBeVisible();
  await look(page, "api-key-secret");
  await dialog.getByRole("button", { name: "I have kept it" }).click();
  const keys = page.getByRole("region", { name: "API keys" });
  await expect(keys.getByRole("listitem")).toContainText("not used yet");
  await look(page, "account-api-keys");
  await keys.getByRole("button", { name: "New secret: Nightly export" }).click();
  await look(page, "api-key-rotate");
  await page.getByRole("dialog").getByRole("button", { name: "Give it a new secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "I have kept it" }).click();
  await expect(keys.getByRole("listitem")).toContainText("the old secret goes on until");
  await keys.getByRole("button", { name: "Revoke: Nightly export" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await expect(keys.getByRole("listitem")).toContainText("Revoked");
});

test("a service account is made, given a key, disabled and deleted", async ({ page, faults }) => {
  await open(page, "/", "Overview");
  await goTo(page, "API keys");
  await look(page, "api-keys");
  await page.getByRole("tab", { name: "Service accounts" }).click();
  await page.getByRole("button", { name: "Make a service account…" }).click();
  // What is told of in passing is a dialog, too.
  const dialog = page.getByRole("dialog", { name: /^A new/ });
  await dialog.getByLabel("Name").fill("Warehouse");
  await dialog.getByLabel("What it is for").fill("Books what comes in.");
  await look(page, "service-account-new");
  await dialog.getByRole("button", { name: "Make the service account" }).click();
  await expect(dialog).toBeHidden();
  const line = page.getByRole("listitem").filter({ hasText: "Warehouse" });
  await line.getByRole("button", { name: "New key: Warehouse" }).click();
  await dialog.getByLabel("Name").fill("Scanner");
  await dialog.getByRole("checkbox", { name: "users.read" }).check();
  await dialog.getByRole("button", { name: "Make the key" }).click();
  await dialog.getByRole("button", { name: "I have kept it" }).click();
  await line.getByRole("button", { name: "Disable: Warehouse" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Disable" }).click();
  await expect(line).toContainText("Disabled");
  await look(page, "service-accounts");
  await line.getByRole("button", { name: "Delete: Warehouse" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(line).toHaveCount(0);

  // Nothing but that nobody has the id says that who owned the key is no more.
  faults.expect(/^404: GET \/api\/v1\/users\/[^/]+$/);
  await open(page, "/api-keys", "API keys");
  await expect(page.getByRole("listitem").filter({ hasText: "Scanner" })).toContainText("(deleted)");
  await look(page, "api-keys-owner-deleted");
});
