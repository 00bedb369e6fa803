import { readFile } from "node:fs/promises";
import { look } from "./fixtures/look.ts";
import { open } from "./fixtures/moves.ts";
import { failToSignIn, registerWhole } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

/** The id of somebody. */
async function idOf(request: import("@playwright/test").APIRequestContext, email: string): Promise<string> {
  const { items } = await (await request.get(`/api/v1/users?search=${email}`)).json();
  return items[0].id;
}

test("the audit log is narrowed to a person, shown with before and after, redacted and still holds", async ({
  page,
  platform,
}) => {
  const { email } = await registerWhole(platform, "Maria Mitchell");
  const id = await idOf(page.request, email);
  await open(page, `/users/${id}`, "Maria Mitchell");
  await page.getByRole("button", { name: "Edit…" }).click();
  await page.getByLabel("About", { exact: true }).fill("Found a comet.");
  await page.getByRole("button", { name: "Save" }).click();
  const timeline = page.getByRole("region", { name: "What this user did, and what was done to them" });
  await expect(async () => {
    await page.reload();
    await expect(timeline.getByText("Changed").first()).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 20_000 });
  await timeline.scrollIntoViewIfNeeded();
  await look(page, "user-audit");

  await page.getByRole("link", { name: "Look into the audit log" }).click();
  await page.waitForURL(/\/audit\?about=/);
  const list = page.getByRole("main").getByRole("list").last();
  await page.getByLabel("What was done").selectOption({ label: "changed" });
  await page.waitForURL(/action=update/);
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await look(page, "audit-narrowed");

  await list.getByRole("link").first().click();
  await page.waitForURL(/\/audit\/[\da-f-]{36}$/);
  await expect(page.getByText("as it was written")).toBeVisible();
  await expect(page.getByText("Found a comet.").first()).toBeVisible();
  await look(page, "audit-entry");
  await page.getByRole("button", { name: "Redact…" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("textbox").fill("She asked for it");
  await look(page, "audit-redact");
  await question.getByRole("button", { name: "Redact" }).click();
  await expect(page.getByText("She asked for it")).toBeVisible();
  await expect(page.getByText("Found a comet.")).toHaveCount(0);
  await look(page, "audit-entry-redacted");

  await open(page, "/audit", "Audit log");
  const state = page.getByRole("region", { name: "State of the chain" });
  await state.getByRole("button", { name: "Verify now" }).click();
  await expect(state.getByText("The log holds")).toBeVisible({ timeout: 20_000 });
  await expect(state.getByText(/[1-9]\d* redacted/)).toBeVisible();
  await look(page, "audit");
});

test("what the filters find is exported, and a signed checkpoint is saved", async ({ page, platform }) => {
  const { email } = await registerWhole(platform, "Vera Rubin");
  await failToSignIn(platform, email);
  const id = await idOf(page.request, email);
  await open(page, `/audit?about=${id}`, "Audit log");
  const exported = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export as CSV" }).click();
  const file = await exported;
  expect(file.suggestedFilename()).toBe("audit.csv");
  const text = await readFile(await file.path(), "utf8");
  expect(text.split("\r\n")[0]).toContain("position,id,occurred_at,service");
  expect(text).toContain(id);

  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save a signed checkpoint" }).click();
  const checkpoint = JSON.parse(await readFile(await (await saved).path(), "utf8"));
  expect(checkpoint.token.split(".")).toHaveLength(3);
  await expect(page.getByText(/signed up to/)).toBeVisible();
});
