import type { Page } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { open } from "./fixtures/moves.ts";
import { OrionUp } from "./fixtures/platform.ts";
import { Provider } from "./fixtures/provider.ts";
import { testAlone as base, expect } from "./fixtures/test.ts";

const test = base.extend<{ provider: Provider; platform: OrionUp }>({
  // biome-ignore lint/correctness/noEmptyPattern: the names in the pattern say which fixtures are needed
  provider: async ({}, use) => {
    const provider = await Provider.start();
    await use(provider);
    await provider.stop();
  },
  platform: async ({ provider }, use) => {
    const platform = await OrionUp.start(provider.configuration);
    await use(platform);
    await platform.stop();
  },
});
test.setTimeout(150_000);

/** Links who signs in at the provider to the administrator's account. */
async function link(page: Page): Promise<void> {
  const url = await page.evaluate(async () => {
    const headers = { "x-orion-csrf": "1", "content-type": "application/json" };
    const answer = await fetch("/api/v1/auth/providers/shop/link", { method: "POST", headers, body: "{}" });
    return (await answer.json()).url as string;
  });
  await page.goto(url);
  await page.getByRole("button").first().click();
  await page.getByRole("link", { name: /^Sign in as/ }).click();
  await expect(page.getByRole("heading", { name: "The Shop is linked" })).toBeVisible();
}

test("who signs in at a provider proves there once more who they are, and what was begun is done", async ({
  page,
  provider,
  faults,
}) => {
  faults.expect(/^401: /, /^409: /);
  await open(page, "/account", "Your security");
  await link(page);
  await open(page, "/account", "Your security");
  // As after five minutes: the first time the server wants a fresh sign-in.
  const stale = { type: "urn:orion:problem:insufficient-user-authentication", title: "Prove once more", status: 401 };
  await page.route(
    "**/api/v1/auth/two-factor/totp",
    (route) => route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify(stale) }),
    { times: 1 },
  );
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  const dialog = page.getByRole("dialog", { name: "Is it you?" });
  const button = dialog.getByRole("button", { name: "Continue with The Shop" });
  await expect(button).toBeVisible();
  await look(page, "step-up-provider");

  // Somebody else at the same browser's provider proves nothing.
  provider.subject = "eve";
  let opening = page.waitForEvent("popup");
  await button.click();
  let shop = await opening;
  await shop.getByRole("link", { name: "Sign in as eve" }).click();
  await expect(shop.getByRole("heading", { name: "Another identity" })).toBeVisible();
  await look(shop, "step-up-provider-another");
  await expect(dialog.getByRole("status")).toContainText("in the window that has opened");
  await look(page, "step-up-provider-waits");
  let closing = shop.waitForEvent("close");
  await shop.getByRole("link", { name: "Go back" }).click();
  await closing;
  await expect(dialog.getByRole("status")).toContainText("You are back from The Shop.");

  provider.subject = "ada-7";
  opening = page.waitForEvent("popup");
  await button.click();
  shop = await opening;
  closing = shop.waitForEvent("close");
  await shop.getByRole("link", { name: "Sign in as ada-7" }).click();
  await closing;
  await expect(page.getByRole("img", { name: "QR code with the key below" })).toBeVisible();
  await expect(dialog).toHaveCount(0);
});
