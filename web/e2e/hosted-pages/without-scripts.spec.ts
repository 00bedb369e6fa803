import { randomUUID } from "node:crypto";
import { mailedLink } from "../fixtures/mail.ts";
import { expect, test } from "../fixtures/test.ts";

test.use({ javaScriptEnabled: false, signedIn: false });

const PASSWORD = "every symmetry keeps something";

test("somebody signs up, confirms the address and signs in, without a script", async ({ page, platform, faults }) => {
  const email = `emmy.${randomUUID().slice(0, 8)}@example.org`;
  await page.goto(`${platform.gatewayUrl}/auth/sign-in`);
  await page.getByRole("link", { name: "Create one" }).click();
  await page.getByLabel("Name").fill("Emmy Noether");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("heading", { name: "Look into your mailbox" })).toBeVisible();

  await page.goto(await mailedLink(platform, email, "/auth/verify-email"));
  await expect(page.getByText(email)).toBeVisible();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Confirm my address" }).click();
  await expect(page.getByRole("heading", { name: "Your e-mail address is confirmed" })).toBeVisible();
  await page.getByRole("link", { name: "Sign in" }).click();

  faults.expect(/^422: POST \/auth\/sign-in$/);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill("not the right password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("alert")).toHaveText("E-mail address or password is wrong.");
  await expect(page).toHaveTitle(/^Error: /);
  await expect(page.getByLabel("E-mail address"), "the address need not be typed again").toHaveValue(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Your sign-in works" })).toBeVisible();
});

test("a forgotten password is chosen anew by a mailed link, without a script", async ({ page, platform }) => {
  const email = `grace.${randomUUID().slice(0, 8)}@example.org`;
  await page.goto(`${platform.gatewayUrl}/auth/sign-up`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.goto(await mailedLink(platform, email, "/auth/verify-email"));
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Confirm my address" }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await page.goto(await mailedLink(platform, email, "/auth/reset"));
  await page.getByLabel("New password").fill("a wholly different passphrase");
  await page.getByLabel("Once more").fill("a wholly different passphrase");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByRole("heading", { name: "Your new password is in force" })).toBeVisible();
});
