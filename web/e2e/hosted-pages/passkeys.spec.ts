import type { Page } from "@playwright/test";
import { look } from "../fixtures/look.ts";
import { mailedLink } from "../fixtures/mail.ts";
import { register } from "../fixtures/people.ts";
import type { Platform } from "../fixtures/platform.ts";
import { change } from "../fixtures/settings.ts";
import { expect, testAlone } from "../fixtures/test.ts";
import { virtualAuthenticator } from "../fixtures/virtual-authenticator.ts";

testAlone.use({ signedIn: false });

/** As in a browser that offers no passkeys where it fills the address in. */
const offerNothing = (page: Page) =>
  page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });

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

    await offerNothing(page);
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

const OPTIONS = /\/auth\/sign-in\/passkey-options/;

/** Somebody whose passkey the browser's authenticator holds. */
async function personWithPasskey(page: Page, platform: Platform) {
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
  await enterPassword();
  const authenticator = await virtualAuthenticator(page, { isUserVerified: true });
  await page.getByRole("button", { name: "Set up a passkey instead" }).click();
  const backupCodes = (await page.locator("pre.codes").textContent())?.trim().split("\n") ?? [];
  await page.getByRole("button", { name: "I have kept them" }).click();
  await heading(page, "Your sign-in works");
  return { signIn, enterPassword, authenticator, backupCodes };
}

testAlone(
  "a page that stands open for long asks anew for the passkey, before it is chosen",
  async ({ page, platform }) => {
    const { signIn, authenticator } = await personWithPasskey(page, platform);
    const { browser, authenticatorId } = authenticator;
    const { credentials } = await browser.send("WebAuthn.getCredentials", { authenticatorId });
    const [credential] = credentials;
    if (!credential) throw new Error("the authenticator holds no passkey");
    const flows: string[] = [];
    await page.route(OPTIONS, async (route) => {
      const response = await route.fetch();
      flows.push((await response.json()).flow_id);
      await route.fulfill({ response });
    });
    await page.clock.install();
    const ways = {
      "its time comes": () => page.clock.fastForward("09:01"),
      "the computer wakes": async () => {
        await page.clock.setSystemTime(Date.now() + 12 * 3_600_000);
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      },
    };
    for (const [when, age] of Object.entries(ways)) {
      // Nobody has chosen one yet.
      await browser.send("WebAuthn.removeCredential", { authenticatorId, credentialId: credential.credentialId });
      flows.length = 0;
      await page.goto(signIn);
      await expect(() => expect(flows).toHaveLength(1)).toPass();
      await browser.send("WebAuthn.addCredential", { authenticatorId, credential });
      const sent = page.waitForRequest((request) => request.method() === "POST" && request.url() === signIn);
      await age();
      const form = new URLSearchParams((await sent).postData() ?? "");
      await heading(page, "Your sign-in works");
      expect(flows, when).toHaveLength(2);
      expect(form.get("flow_id"), when).toBe(flows[1]);
    }
  },
);

testAlone("a passkey that comes too late is asked for once more, in words", async ({ page, platform, faults }) => {
  const { signIn } = await personWithPasskey(page, platform);
  await offerNothing(page);
  let asked = 0;
  let goOn = () => {};
  const looked = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  await page.route(OPTIONS, async (route) => {
    const response = await route.fetch();
    const told = await response.json();
    asked += 1;
    // As once it is over: no flow has this name.
    if (asked === 1)
      return route.fulfill({ response, json: { ...told, flow_id: "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10" } });
    await looked;
    return route.fulfill({ response, json: told });
  });
  faults.expect(/^422: POST \/auth\/sign-in$/);
  await page.goto(signIn);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByRole("alert")).toHaveText(/stood open for too long/);
  await look(page, "pages-passkey-late");
  goOn();
  await heading(page, "Your sign-in works");
  expect(asked).toBe(2);
});

testAlone("where the sign-in is done by now the page says so", async ({ page, platform, faults }) => {
  const { enterPassword, backupCodes } = await personWithPasskey(page, platform);
  await offerNothing(page);
  await enterPassword();
  await heading(page, "Use your passkey");
  const other = await page.context().newPage();
  await other.goto(`${platform.gatewayUrl}/auth/flow?by=backup_code`);
  await other.getByLabel("Backup code").fill(backupCodes[0] ?? "");
  await other.getByRole("button", { name: "Continue" }).click();
  await heading(other, "Have you lost your passkey?");
  await other.getByRole("button", { name: "Not now" }).click();
  await heading(other, "Your sign-in works");
  faults.expect(/^410: POST \/auth\/flow\/passkey-options$/);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await heading(page, "Your sign-in works");
});
