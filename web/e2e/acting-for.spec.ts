import { randomUUID } from "node:crypto";
import { type APIRequestContext, request } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { expectPage, navigation, open } from "./fixtures/moves.ts";
import { registerActive } from "./fixtures/organisations.ts";
import { ADMINISTRATOR } from "./fixtures/people.ts";
import type { Platform } from "./fixtures/platform.ts";
import { expect, test } from "./fixtures/test.ts";

test.use({ signedIn: false });

/** Calls the platform's API as somebody. */
async function apiOf(platform: Platform, { email, password }: { email: string; password: string }) {
  const anybody = await request.newContext({ baseURL: platform.gatewayUrl });
  const { access_token } = await (await anybody.post("/api/v1/auth/login", { data: { email, password } })).json();
  await anybody.dispose();
  const extraHTTPHeaders = { authorization: `Bearer ${access_token}` };
  return request.newContext({ baseURL: platform.gatewayUrl, extraHTTPHeaders });
}

/** An organisation, which somebody owns who may use the console and holds nothing of it on the platform. */
async function organisationOf(root: APIRequestContext, name: string, email: string) {
  const { items } = await (await root.get(`/api/v1/users?search=${email}`)).json();
  const [{ id: owner }] = items;
  const editor = await root.put(`/api/v1/users/${owner}/roles/editor`, { data: {} });
  expect(editor.ok(), await editor.text()).toBe(true);
  const data = { name, slug: `engines-${randomUUID().slice(0, 8)}` };
  const { id } = await (await root.post("/api/v1/organisations", { data })).json();
  const member = `/api/v1/organisations/${id}/members/${owner}`;
  expect((await root.put(member, { data: {} })).status()).toBe(204);
  expect((await root.put(`${member}/roles/organisation_owner`, { data: {} })).status()).toBe(204);
  return { id, member };
}

test("an owner without rights on the platform acts for their organisation, and brings in a member", async ({
  page,
  platform,
  faults,
}) => {
  test.slow();
  await platform.setUp();
  const root = await apiOf(platform, ADMINISTRATOR);
  const [mary, grace] = [await registerActive(platform, "Mary Somerville"), await registerActive(platform, "Grace H")];
  const { id, member } = await organisationOf(root, "Analytical Engines", mary.email);

  await open(page, `/organisations/${id}`, "Sign in");
  await page.getByLabel("E-mail").fill(mary.email);
  await page.getByLabel("Password", { exact: true }).fill(mary.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expectPage(page, "You may not see this page");
  await expect(navigation(page).getByRole("link")).toHaveCount(0);
  await look(page, "acting-for-nobody");

  await page.getByRole("button", { name: "Act for an organisation" }).focus();
  await page.keyboard.press("ArrowDown");
  const menu = page.getByRole("menu", { name: "Act for an organisation" });
  await expect(menu.getByRole("menuitemradio", { name: "None" })).toHaveAttribute("aria-checked", "true");
  await look(page, "acting-for-menu");
  await menu.getByRole("menuitemradio", { name: "None" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expectPage(page, "Analytical Engines");
  const button = page.getByRole("button", { name: "Analytical Engines: the organisation for which you act" });
  await expect(button).toBeVisible();
  await expect(navigation(page).getByRole("link")).toHaveText(["Audit log", "Organisations"]);
  await expect(page.getByRole("button", { name: "Add a member…" })).toHaveCount(0);
  const members = page.getByRole("table", { name: "Members" });
  await expect(members.getByRole("row").filter({ hasText: mary.email })).toContainText("Organisation owner");
  await look(page, "acting-for");

  await page.getByRole("button", { name: "Invite somebody…" }).click();
  const inviting = page.getByRole("dialog", { name: "Invite somebody to Analytical Engines" });
  await inviting.getByLabel("E-mail address").fill(grace.email);
  await inviting.getByRole("checkbox", { name: "Organisation administrator" }).check();
  await inviting.getByRole("button", { name: "Invite" }).click();
  await expect(inviting).toBeHidden();
  const invited = await apiOf(platform, grace);
  const { items } = await (await invited.get("/api/v1/users/me/organisation-invitations")).json();
  expect((await invited.post(`/api/v1/users/me/organisation-invitations/${items[0].id}`)).status()).toBe(204);
  await invited.dispose();
  await page.reload();
  const row = members.getByRole("row").filter({ hasText: grace.email });
  await expect(row).toContainText("Organisation administrator");
  await row.getByRole("button", { name: /^What can be done with/ }).click();
  await page.getByRole("menuitem", { name: "Take away Organisation administrator…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Take away" }).click();
  await expect(row).toContainText("Organisation member");

  // What is done for it stands in its part of the audit log, and nothing else.
  await navigation(page).getByRole("link", { name: "Audit log" }).click();
  await expectPage(page, "Audit log");
  await expect(page.getByText(/Invited somebody|Made the user a member/).first()).toBeVisible();
  await look(page, "acting-for-audit");
  await navigation(page).getByRole("link", { name: "Organisations" }).click();
  await expect(page.getByRole("table", { name: "List of organisations" }).getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("button", { name: "New organisation…" })).toHaveCount(0);

  // Who is removed goes on for nobody, and nobody clicks anything.
  faults.expect(/^40[1349]: GET /);
  expect((await root.delete(member)).status()).toBe(204);
  await expectPage(page, "You may not see this page");
  await expect(page.getByText("You act for no organisation now")).toBeVisible();
  await expect(button).toHaveCount(0);
  await root.dispose();
});
