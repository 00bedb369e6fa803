import { look } from "./fixtures/look.ts";
import { expect, test } from "./fixtures/test.ts";
import { virtualAuthenticator } from "./fixtures/virtual-authenticator.ts";

test.use({ signedIn: false });

test("no passkey is offered at an IP address, where browsers use none", async ({ page, platform, faults }) => {
  // Nobody is signed in yet.
  faults.expect(/^401: /);
  await virtualAuthenticator(page, { isUserVerified: true });
  for (const [screen, url] of [
    ["pages-sign-in-address", `${platform.gatewayUrl}/auth/sign-in`],
    ["sign-in-address", `${platform.consoleUrl}/sign-in`],
  ] as const) {
    const passkey = page.getByRole("button", { name: "Sign in with a passkey" });
    await page.goto(url);
    await expect(passkey).toBeVisible();
    await page.goto(url.replace("localhost", "127.0.0.1"));
    await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
    await expect(passkey).toBeHidden();
    await look(page, screen);
  }
});
