import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { request } from "@playwright/test";
import { Authenticator } from "../fixtures/authenticator.ts";
import { look } from "../fixtures/look.ts";
import { mailedLink } from "../fixtures/mail.ts";
import { register } from "../fixtures/people.ts";
import { change } from "../fixtures/settings.ts";
import { expect, testAlone } from "../fixtures/test.ts";

testAlone.use({ signedIn: false });

/** A product: a page that people come back to. */
async function startProduct() {
  const codes: (string | null)[] = [];
  const server = createServer((asked, answer) => {
    codes.push(new URL(asked.url ?? "/", "http://product").searchParams.get("code"));
    answer.setHeader("content-type", "text/html");
    answer.end("<!doctype html><html lang=en><title>Shop</title><link rel=icon href=data:,><h1>Welcome back</h1>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/back`, codes, stop: () => server.close() };
}

testAlone(
  "a product gets people back, with the second factor that a role demands",
  async ({ page, platform, faults }) => {
    const product = await startProduct();
    const { email, password } = await register(platform, "Emmy Noether");
    await page.goto(await mailedLink(platform, email, "/auth/verify-email"));
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Confirm my address" }).click();
    await expect(page.getByRole("heading", { name: "Your e-mail address is confirmed" })).toBeVisible();
    await change(platform, "auth.return_urls", product.url);
    await change(platform, "auth.second_factor_roles", "user");

    const verifier = randomBytes(32).toString("base64url");
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const query = new URLSearchParams({ return_to: product.url, code_challenge: challenge, state: "cart 7" });
    const signIn = async () => {
      await page.goto(`${platform.gatewayUrl}/auth/sign-in?${query}`);
      await page.getByLabel("E-mail address").fill(email);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
    };
    await signIn();
    await expect(page.getByRole("heading", { name: "Set up a second factor" })).toBeVisible();
    await look(page, "pages-enrol");
    await page.getByRole("button", { name: "Set up an authenticator app" }).click();
    await expect(page.getByRole("img", { name: "QR code" })).toBeVisible();
    await look(page, "pages-enrol-key");
    const key = (await page.locator("code").textContent()) ?? "";
    faults.expect(/^422: POST \/auth\/flow/);
    await page.getByRole("textbox", { name: "Code" }).fill("12345");
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("textbox", { name: "Code" })).toHaveAccessibleDescription(
      "This code is wrong, too old, or was used.",
    );
    await look(page, "pages-enrol-wrong");
    await page.getByRole("textbox", { name: "Code" }).fill(await new Authenticator(key).code());
    // A code counts once: a second click must not answer that it was used.
    await page.getByRole("button", { name: "Continue" }).dblclick();

    await expect(page.getByRole("heading", { name: "Keep your backup codes" })).toBeVisible();
    await look(page, "pages-backup-codes");
    const file = page.waitForEvent("download");
    await page.getByRole("link", { name: "Save them as a file" }).click();
    expect((await file).suggestedFilename()).toBe("backup-codes.txt");
    await page.getByRole("button", { name: "I have kept them" }).dblclick();
    await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
    const back = new URL(page.url());
    expect(back.origin + back.pathname).toBe(product.url);
    expect(back.searchParams.get("state")).toBe("cart 7");
    const order = { code: back.searchParams.get("code"), code_verifier: verifier };
    const anybody = await request.newContext({ baseURL: platform.gatewayUrl });
    const answer = await anybody.post("/api/v1/auth/login/code", { data: order });
    expect(answer.status(), await answer.text()).toBe(200);
    await anybody.dispose();

    await signIn();
    await expect(page.getByRole("heading", { name: "Enter your code" })).toBeVisible();
    await look(page, "pages-code");

    // A tab of a sign-in that was begun before this one.
    faults.expect(/^409: GET \/auth\/flow/);
    query.set("state", "cart 6");
    await page.goto(`${platform.gatewayUrl}/auth/flow?${query}`);
    await expect(page.getByText("Another sign-in was begun in this browser")).toBeVisible();
    await look(page, "pages-flow-other");
    product.stop();
  },
);

testAlone.describe("without a script", () => {
  testAlone.use({ javaScriptEnabled: false });

  testAlone("a double click on the last step leads back to the product with one code", async ({ page, platform }) => {
    const product = await startProduct();
    const { email, password } = await register(platform, "Emmy Noether");
    await page.goto(await mailedLink(platform, email, "/auth/verify-email"));
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Confirm my address" }).click();
    await change(platform, "auth.return_urls", product.url);
    await change(platform, "auth.second_factor_roles", "user");

    const verifier = randomBytes(32).toString("base64url");
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const query = new URLSearchParams({ return_to: product.url, code_challenge: challenge });
    await page.goto(`${platform.gatewayUrl}/auth/sign-in?${query}`);
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("button", { name: "Set up an authenticator app" }).click();
    const key = (await page.locator("code").textContent()) ?? "";
    await page.getByRole("textbox", { name: "Code" }).fill(await new Authenticator(key).code());
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "I have kept them" }).dblclick();
    // A browser that has the first answer already goes on with that one, and is told so.
    await expect(page.getByRole("heading", { name: /^(Welcome back|Your sign-in works)$/ })).toBeVisible();
    expect(new Set(product.codes).size, "all clicks lead to one code").toBe(1);
    const anybody = await request.newContext({ baseURL: platform.gatewayUrl });
    const order = { code: product.codes[0], code_verifier: verifier };
    const answer = await anybody.post("/api/v1/auth/login/code", { data: order });
    expect(answer.status(), await answer.text()).toBe(200);
    await anybody.dispose();
    product.stop();
  });
});
