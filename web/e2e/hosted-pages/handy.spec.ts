import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { Authenticator } from "../fixtures/authenticator.ts";
import { look } from "../fixtures/look.ts";
import { mailedLink } from "../fixtures/mail.ts";
import { register } from "../fixtures/people.ts";
import { change } from "../fixtures/settings.ts";
import { expect, test, testAlone } from "../fixtures/test.ts";

test.use({ signedIn: false });
testAlone.use({ signedIn: false });

const heading = (page: Page, name: string) => expect(page.getByRole("heading", { name })).toBeVisible();

test("a password can be looked at, by mouse and by keyboard, and is hidden before it is sent", async ({
  page,
  platform,
  faults,
}) => {
  faults.expect(/^422: POST \/auth\/sign-in$/);
  await page.goto(`${platform.gatewayUrl}/auth/sign-in`);
  const field = page.getByLabel("Password");
  const eye = page.getByRole("button", { name: "Show password" });
  await page.getByLabel("E-mail address").fill("gauss@example.org");
  await field.fill("not the right password");
  await expect(eye).toHaveAttribute("aria-pressed", "false");
  await field.press("Tab");
  await expect(eye).toBeFocused();
  await page.keyboard.press("Space");
  await expect(eye).toHaveAttribute("aria-pressed", "true");
  await expect(field).toHaveAttribute("type", "text");
  await look(page, "pages-password-shown");
  await eye.click();
  await expect(field).toHaveAttribute("type", "password");
  await eye.click();
  const kind = page.evaluate(
    () =>
      new Promise((resolve) =>
        addEventListener("submit", () => resolve(document.querySelector<HTMLInputElement>("#password")?.type)),
      ),
  );
  await field.press("Enter");
  expect(await kind).toBe("password");
  await expect(page.getByRole("alert")).toHaveText("E-mail address or password is wrong.");
});

test("whoever waits for a mail has it sent again, or begins anew", async ({ page, platform }) => {
  const email = `wait.${randomUUID().slice(0, 8)}@example.org`;
  await page.goto(`${platform.gatewayUrl}/auth/sign-up`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill("every symmetry keeps something");
  await page.getByRole("button", { name: "Create account" }).click();
  await heading(page, "Look into your mailbox");
  await expect(page.getByText(email)).toBeVisible();
  await mailedLink(platform, email, "/auth/verify-email");
  await page.getByRole("button", { name: "Send it again" }).click();
  await expect(page.getByRole("status")).toContainText("another mail is on its way");
  await look(page, "pages-sent-again");
  await page.getByRole("link", { name: "Start over" }).click();
  await heading(page, "Create your account");
});

testAlone("whoever has lost the app sets up another one after a backup code", async ({ page, platform }) => {
  const { email, password } = await register(platform, "Mary Jackson");
  await page.goto(await mailedLink(platform, email, "/auth/verify-email"));
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Confirm my address" }).click();
  await change(platform, "auth.second_factor_roles", "user");
  const enterPassword = async () => {
    await page.goto(`${platform.gatewayUrl}/auth/sign-in`);
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  };
  const setUp = async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy" }).click();
    await expect(page.getByRole("status")).toHaveText("Copied");
    const key = await page.evaluate(() => navigator.clipboard.readText());
    expect(key, "without spaces, as apps take it").toMatch(/^[A-Z2-7]{32}$/);
    const link = await page.getByRole("link", { name: "Open an app on this device" }).getAttribute("href");
    expect(link).toContain(`secret=${key}`);
    await page.getByRole("textbox", { name: "Code" }).fill(await new Authenticator(key).code());
    await page.getByRole("button", { name: "Continue" }).click();
    await heading(page, "Keep your backup codes");
    const codes = (await page.locator("pre.codes").textContent())?.trim().split("\n") ?? [];
    await page.getByRole("button", { name: "I have kept them" }).click();
    await heading(page, "Your sign-in works");
    return codes;
  };
  await enterPassword();
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  const codes = await setUp();

  await enterPassword();
  await page.getByRole("link", { name: "Use a backup code instead" }).click();
  await page.getByLabel("Backup code").fill(codes[0] ?? "");
  await page.getByRole("button", { name: "Continue" }).click();
  await heading(page, "Have you lost your app?");
  await expect(page.getByText("You have 9 left.")).toBeVisible();
  await look(page, "pages-offer");
  for (const [language, words] of Object.entries({ de: "Sie haben noch 9.", es: "Le quedan 9." })) {
    await page.goto(`${platform.gatewayUrl}/auth/flow?lang=${language}`);
    await expect(page.getByText(words)).toBeVisible();
    await look(page, `pages-${language}-offer`, ["phone"]);
  }
  await page.goto(`${platform.gatewayUrl}/auth/flow?lang=en`);
  await page.getByRole("button", { name: "Set up another app" }).click();
  await expect(page.getByRole("img", { name: "QR code" })).toBeVisible();
  await look(page, "pages-offer-key");
  expect((await setUp())[0]).not.toBe(codes[0]);
});
