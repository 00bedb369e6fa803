import type { Page } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { expectPage, open } from "./fixtures/moves.ts";
import { ADMINISTRATOR } from "./fixtures/people.ts";
import { expect, testAlone as test } from "./fixtures/test.ts";
import { virtualAuthenticator } from "./fixtures/virtual-authenticator.ts";

test.setTimeout(150_000);

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expectPage(page, "Sign in");
}

test("a passkey is set up, named, signs in alone, and stands behind the password", async ({ page, faults }) => {
  faults.expect(/WebSocket/, /^401: /);
  await virtualAuthenticator(page, { isUserVerified: true });
  await open(page, "/account", "Your security");
  await page.getByRole("button", { name: "Set up a passkey" }).click();
  await expect(page.getByText("They are shown only now.")).toBeVisible();
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByRole("button", { name: "Rename: Passkey" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Phone");
  await look(page, "account-passkey-name");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Take away: Phone" })).toBeVisible();
  await look(page, "account-passkeys");
  await page.getByRole("button", { name: "Set up a passkey" }).click();
  await expect(page.getByText("This device has a passkey of yours already")).toBeVisible();

  await signOut(page);
  await look(page, "sign-in-with-passkey");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expectPage(page, "Overview");

  await signOut(page);
  await page.getByLabel("E-mail").fill(ADMINISTRATOR.email);
  await page.getByLabel("Password", { exact: true }).fill(ADMINISTRATOR.password);
  await page.keyboard.press("Enter");
  await expectPage(page, "One more step");
  await look(page, "sign-in-passkey-step");
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expectPage(page, "Overview");

  // As after five minutes: the first time the server wants a fresh sign-in.
  await open(page, "/account", "Your security");
  const stale = { type: "urn:orion:problem:insufficient-user-authentication", title: "Prove once more", status: 401 };
  await page.route(
    "**/api/v1/auth/passkeys/*",
    (route) => route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify(stale) }),
    { times: 1 },
  );
  await page.getByRole("button", { name: "Take away: Phone" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Take away" }).click();
  const dialog = page.getByRole("dialog", { name: "Is it you?" });
  await look(page, "step-up-passkey");
  await dialog.getByRole("button", { name: "Use a passkey instead" }).click();
  await expect(page.getByText("None yet. A passkey signs you in")).toBeVisible();
});

test("a browser that gives no passkey is told of, and the password still signs in", async ({ page, faults }) => {
  faults.expect(/WebSocket/, /^401: /);
  await virtualAuthenticator(page, { isUserVerified: true });
  await open(page, "/", "Overview");
  await signOut(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByText("The browser gave no passkey")).toBeVisible();
  await look(page, "sign-in-passkey-refused");
  await page.getByLabel("E-mail").fill(ADMINISTRATOR.email);
  await page.getByLabel("Password", { exact: true }).fill(ADMINISTRATOR.password);
  await page.keyboard.press("Enter");
  await expectPage(page, "Overview");
});
