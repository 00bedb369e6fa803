import type { APIRequestContext } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { expectPage, goTo, navigation, open } from "./fixtures/moves.ts";
import { ADMINISTRATOR } from "./fixtures/people.ts";
import type { Platform } from "./fixtures/platform.ts";
import { expect, test } from "./fixtures/test.ts";

/** Changes a setting as somebody else would, meanwhile. */
async function put(request: APIRequestContext, platform: Platform, key: string, value: unknown): Promise<void> {
  const headers = { "x-orion-csrf": "1", origin: platform.consoleUrl };
  const answer = await request.put(`/api/v1/settings/${key}`, { data: { value }, headers });
  expect(answer.status(), await answer.text()).toBe(200);
}

test("a setting is changed, applied by all instances, told in the history, and taken back", async ({ page }) => {
  await open(page, "/settings?setting=users.verification_hours", "Settings");
  const row = page.locator("[data-setting='users.verification_hours']");
  await row.getByRole("textbox", { name: "Verification" }).fill("0");
  await row.getByRole("button", { name: "Save" }).click();
  await expect(row.getByText("At least 1.")).toBeVisible();
  await look(page, "settings-bounds");
  await row.getByRole("textbox", { name: "Verification" }).fill("48");
  await row.getByRole("textbox", { name: "Reason" }).fill("a slow post");
  await row.getByRole("button", { name: "Save" }).click();
  await expect(row.getByText("48 hours")).toBeVisible();
  await expect(row.getByText(`Changed by ${ADMINISTRATOR.name}`)).toBeVisible();
  await expect(page.getByText(/^All 5 instances have version/)).toBeVisible();
  await look(page, "settings-changed");
  await row.getByRole("link", { name: "History of Verification" }).click();
  await expect(page.getByText("a slow post")).toBeVisible();
  await look(page, "settings-history");
  await page.getByRole("button", { name: "Put back: value of the start" }).click();
  const question = page.getByRole("alertdialog");
  await expect(question.getByText("24 hours")).toBeVisible();
  await look(page, "settings-take-back");
  await question.getByRole("button", { name: "Take back" }).click();
  await expect(question).toHaveCount(0);
  await page.getByRole("tab", { name: "Settings" }).click();
  await expect(row.getByText("24 hours")).toBeVisible();
  await expect(row.getByText(`Taken back by ${ADMINISTRATOR.name}`)).toBeVisible();
});

test("of two who change the same, the second sees both values and decides", async ({ page, platform, faults }) => {
  faults.expect(/412/);
  const key = "notifications.delivery_attempts";
  await open(page, `/settings?setting=${key}`, "Settings");
  const row = page.locator(`[data-setting='${key}']`);
  const field = row.getByRole("textbox", { name: "Delivery attempts" });
  await field.fill("7");
  await put(page.request, platform, key, 9);
  await row.getByRole("button", { name: "Save" }).click();
  await expect(row.getByText(/has changed this while you were at it/)).toBeVisible();
  await expect(field).toHaveValue("7");
  await look(page, "settings-overtaken");
  await row.getByRole("button", { name: "Go on with mine" }).click();
  await expect(field).toBeFocused();
  await row.getByRole("button", { name: "Save" }).click();
  await expect(row.getByText(/^7$/)).toBeVisible();
});

test("what the server refuses stays in the field, with the reason", async ({ page, faults }) => {
  faults.expect(/422/);
  await open(page, "/settings?setting=auth.sign_in_url", "Settings");
  const row = page.locator("[data-setting='auth.sign_in_url']");
  const field = row.getByRole("textbox", { name: "Sign in URL" });
  await field.fill("javascript:0");
  await row.getByRole("button", { name: "Save" }).click();
  await expect(row.getByText(/must be an http/)).toBeVisible();
  await expect(field).toHaveValue("javascript:0");
  await look(page, "settings-refused");
});

test("what was typed is not lost by leaving the page, but after a question", async ({ page }) => {
  await open(page, "/users", "Users");
  await goTo(page, "Settings");
  await page.getByRole("button", { name: "Change Unverified" }).click();
  const field = page.getByRole("textbox", { name: "Unverified" });
  await field.fill("11");
  const question = page.getByRole("alertdialog", { name: "Leave without saving?" });
  await navigation(page).getByRole("link", { name: "Users" }).click();
  await expect(question).toBeVisible();
  await look(page, "settings-leave");
  await page.keyboard.press("Escape");
  await expect(question).toHaveCount(0);
  await expect(field).toHaveValue("11");
  // The second time before the first question is answered.
  for (const _ of ["once", "twice"]) {
    await page.evaluate(() => history.back());
    await expect(question).toBeVisible();
    await expect(page).toHaveURL(/\/settings/);
  }
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(question).toHaveCount(0);
  await expect(page).toHaveURL(/\/settings/);
  await expect(field).toHaveValue("11");
  const asked = page.waitForEvent("dialog");
  void page.close({ runBeforeUnload: true });
  const browserQuestion = await asked;
  expect(browserQuestion.type()).toBe("beforeunload");
  await browserQuestion.dismiss();
  await page.evaluate(() => history.back());
  await question.getByRole("button", { name: "Leave" }).click();
  await expectPage(page, "Users");
  await expect(page.locator("main")).toBeFocused();
});
