import type { Page } from "@playwright/test";
import { look } from "../fixtures/look.ts";
import { mailedLink } from "../fixtures/mail.ts";
import { register } from "../fixtures/people.ts";
import { change } from "../fixtures/settings.ts";
import { expect, testAlone } from "../fixtures/test.ts";
import { virtualAuthenticator } from "../fixtures/virtual-authenticator.ts";

testAlone.use({ signedIn: false });

const heading = (page: Page, name: string) => expect(page.getByRole("heading", { name })).toBeVisible();

testAlone(
  "a passkey is set up where a role demands it, signs in alone, and is a second factor",
  async ({ page, platform }) => {
    const { email, password } = await register(platform, "Katherine Johnson");
    await page.goto(await mailedLink(platform, email, "/auth/verify-email"));
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Confirm my address" }).click();
    await change(platform, "auth.second_factor_roles", "user");
    const signIn = `${platform.gatewayUrl}/auth/sign-in`;
    const enterPassword = async () => {
      await page.goto(signIn);
      await page.getByLabel("E-mail address").fill(email);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
    };

    await virtualAuthenticator(page, { isUserVerified: true });
    await page.goto(signIn);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await expect(page.getByRole("alert")).toHaveText(/No passkey was given/);
    await look(page, "pages-passkey-refused");

    await enterPassword();
    await heading(page, "Set up a second factor");
    await look(page, "pages-enrol-passkey");
    await page.getByRole("button", { name: "Set up a passkey instead" }).click();
    await heading(page, "Keep your backup codes");
    await page.getByRole("button", { name: "I have kept them" }).click();
    await heading(page, "Your sign-in works");

    // What fills the address in offers the passkey, and here somebody has chosen it.
    await page.goto(signIn);
    await heading(page, "Your sign-in works");

    // As in a browser that has no such offers.
    await page.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
    await page.goto(signIn);
    await look(page, "pages-sign-in-passkey");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await heading(page, "Your sign-in works");

    await enterPassword();
    await heading(page, "Use your passkey");
    await look(page, "pages-passkey");
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await heading(page, "Your sign-in works");
  },
);
