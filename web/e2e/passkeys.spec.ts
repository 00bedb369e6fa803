import type { Page } from "@playwright/test";
import { registerWhole } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";
import { virtualAuthenticator } from "./fixtures/virtual-authenticator.ts";

test.use({ signedIn: false });

const AUTH = "/api/v1/auth";

/** An empty page of the product, beside ORION's. */
async function openPage(page: Page, gateway: string) {
  await page.route(`${gateway}/empty`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<title>Shop</title>" }),
  );
  await page.goto(`${gateway}/empty`);
}

/** Calls as the page does. */
function call(page: Page, path: string, body: object, token?: string) {
  return page.evaluate(
    async ([path, body, token]) => {
      const headers: Record<string, string> = { "content-type": "application/json" };
      if (token) headers.authorization = `Bearer ${token}`;
      const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
      const text = await answer.text();
      return { status: answer.status, body: text ? JSON.parse(text) : null };
    },
    [`${AUTH}${path}`, body, token] as const,
  );
}

const create = (page: Page, options: PublicKeyCredentialCreationOptionsJSON) =>
  page.evaluate(async (options) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return ((await navigator.credentials.create({ publicKey })) as PublicKeyCredential).toJSON();
  }, options);

const get = (page: Page, options: PublicKeyCredentialRequestOptionsJSON) =>
  page.evaluate(async (options) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return ((await navigator.credentials.get({ publicKey })) as PublicKeyCredential).toJSON();
  }, options);

test("a browser makes a passkey and signs in with it alone", async ({ page, platform }) => {
  const person = await registerWhole(platform, "Grace Hopper");
  await virtualAuthenticator(page, { isUserVerified: true });
  await openPage(page, platform.gatewayUrl);
  const signedIn = await call(page, "/login", { email: person.email, password: person.password });
  const token = signedIn.body.access_token;

  const asked = await call(page, "/passkeys/options", {}, token);
  const credential = await create(page, asked.body.public_key);
  const added = await call(page, "/passkeys", { flow_id: asked.body.flow_id, credential, name: "Phone" }, token);
  expect(added.status, JSON.stringify(added.body)).toBe(201);
  expect(added.body.backup_codes.codes).toHaveLength(10);

  const begun = await call(page, "/flows", { purpose: "sign_in" });
  const { flow_id, flow_token } = begun.body;
  const options = await call(page, `/flows/${flow_id}/passkey-options`, { flow_token });
  const proof = await get(page, options.body.public_key);
  const done = await call(page, `/flows/${flow_id}/passkey`, { flow_token, credential: proof });
  expect(done.status, JSON.stringify(done.body)).toBe(200);
  expect(done.body.user_id).toBe(signedIn.body.user_id);
});

test("a passkey is the second factor after the password", async ({ page, platform }) => {
  const person = await registerWhole(platform, "Mary Jackson");
  await virtualAuthenticator(page, { isUserVerified: true });
  await openPage(page, platform.gatewayUrl);
  const login = { email: person.email, password: person.password };
  const token = (await call(page, "/login", login)).body.access_token;
  const asked = await call(page, "/passkeys/options", {}, token);
  const credential = await create(page, asked.body.public_key);
  await call(page, "/passkeys", { flow_id: asked.body.flow_id, credential }, token);

  const begun = await call(page, "/login", login);
  expect(begun.status).toBe(202);
  expect(begun.body.methods).toEqual(["passkey", "backup_code"]);
  const { flow_id, flow_token } = begun.body;
  const options = await call(page, `/flows/${flow_id}/passkey-options`, { flow_token });
  const proof = await get(page, options.body.public_key);
  const done = await call(page, `/flows/${flow_id}/passkey`, { flow_token, credential: proof });
  expect(done.status, JSON.stringify(done.body)).toBe(200);
  // The authenticator knows that it has one here, and makes no second one.
  const again = await call(page, "/passkeys/options", {}, token);
  await expect(create(page, again.body.public_key)).rejects.toThrow("InvalidStateError");
});
