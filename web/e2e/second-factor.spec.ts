import type { Page } from "@playwright/test";
import { Authenticator } from "./fixtures/authenticator.ts";
import { look } from "./fixtures/look.ts";
import { expectPage, open } from "./fixtures/moves.ts";
import { ADMINISTRATOR } from "./fixtures/people.ts";
import { expect, testAlone as test } from "./fixtures/test.ts";

test.setTimeout(150_000);

async function setUp(page: Page): Promise<Authenticator> {
  await open(page, "/account", "Your security");
  await look(page, "account");
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  await expect(page.getByRole("img", { name: "QR code with the key below" })).toBeVisible();
  await look(page, "account-key");
  const app = new Authenticator(await page.getByRole("main").locator("code").innerText());
  await page.getByLabel("Code of your authenticator app").fill(await app.code());
  await page.keyboard.press("Enter");
  await expect(page.getByText("They are shown only now.")).toBeVisible();
  await look(page, "account-codes");
  return app;
}

test("a second factor is set up, asked for at the sign-in, and turned off", async ({ page, faults }) => {
  faults.expect(/^422: POST \/console\/session\/steps/, /WebSocket/, /^401: GET /);
  const app = await setUp(page);
  const [first = ""] = await page.locator("ul.font-mono li").allInnerTexts();
  const file = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  expect((await file).suggestedFilename()).toBe("orion-backup-codes.txt");
  await page.getByRole("button", { name: "I have kept them" }).click();
  await look(page, "account-on");

  const signOut = async () => {
    await page.getByRole("button", { name: /account of/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expectPage(page, "Sign in");
  };
  const enterPassword = async () => {
    await page.getByLabel("E-mail").fill(ADMINISTRATOR.email);
    await page.getByLabel("Password", { exact: true }).fill(ADMINISTRATOR.password);
    await page.keyboard.press("Enter");
    await expectPage(page, "One more step");
  };
  await signOut();
  await enterPassword();
  await expect(page.getByLabel("Code of your authenticator app")).toBeFocused();
  await look(page, "sign-in-code");
  await page.keyboard.type("12345");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Code of your authenticator app")).toHaveAttribute("aria-invalid", "true");
  await look(page, "sign-in-code-refused");
  await page.getByLabel("Code of your authenticator app").fill(await app.code());
  await page.keyboard.press("Enter");
  await expectPage(page, "Overview");

  await signOut();
  await enterPassword();
  await page.getByRole("button", { name: "No app at hand? Use a backup code" }).click();
  await page.getByLabel("Backup code").fill(first);
  await page.keyboard.press("Enter");
  await expectPage(page, "Overview");
  await open(page, "/account", "Your security");
  await page.getByRole("button", { name: "Turn off" }).click();
  await look(page, "account-turn-off");
  await page.getByRole("alertdialog").getByRole("button", { name: "Turn off" }).click();
  await expect(page.getByRole("button", { name: "Set up an authenticator app" })).toBeVisible();
});

test("what needs a fresh sign-in asks for it over the page, and is done then", async ({ page, faults }) => {
  faults.expect(/^401: /, /^422: POST \/console\/session\/steps/);
  const app = await setUp(page);
  await page.getByRole("button", { name: "I have kept them" }).click();
  // As after five minutes: the first time the server wants a fresh sign-in.
  const stale = { type: "urn:orion:problem:insufficient-user-authentication", title: "Prove once more", status: 401 };
  await page.route(
    "**/api/v1/auth/two-factor/backup-codes",
    (route) => route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify(stale) }),
    { times: 1 },
  );
  await page.getByRole("button", { name: "Make new backup codes" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Make new backup codes" }).click();
  const dialog = page.getByRole("dialog", { name: "Is it you?" });
  await expect(dialog.getByLabel("Password", { exact: true })).toBeFocused();
  await look(page, "step-up");
  await page.keyboard.type("not the right password");
  await page.keyboard.press("Enter");
  await expect(dialog.getByLabel("Password", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await dialog.getByLabel("Password", { exact: true }).fill(ADMINISTRATOR.password);
  await page.keyboard.press("Enter");
  await expect(dialog.getByLabel("Code of your authenticator app")).toBeFocused();
  await look(page, "step-up-code");
  await page.keyboard.type(await app.code());
  await page.keyboard.press("Enter");
  await expect(page.getByText("They are shown only now.")).toBeVisible();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await page.getByRole("button", { name: "I have kept them" }).click();

  // Their own page among the users, as another administrator sees it.
  const { user_id: id } = await (await page.request.get("/console/session")).json();
  await open(page, `/users/${id}`, ADMINISTRATOR.name);
  await page.getByRole("button", { name: "Take away…" }).click();
  const question = page.getByRole("alertdialog");
  await look(page, "user-second-factor-take-away");
  await question.getByLabel("Reason").fill("Lost the phone");
  await question.getByRole("button", { name: "Take away" }).click();
  // Whose factors are taken away is signed out, this once the administrator as well.
  await expect(page.getByText("Your session has ended.")).toBeVisible();
});
