import { request } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { mailedLink } from "./fixtures/mail.ts";
import { expectPage, open } from "./fixtures/moves.ts";
import { ADMINISTRATOR, register } from "./fixtures/people.ts";
import type { Platform } from "./fixtures/platform.ts";
import { expect, testAlone as test } from "./fixtures/test.ts";

const REASON = "Ticket 4711: the order list is empty";

/** Registers somebody who has verified their address; calls as them. */
async function verified(platform: Platform, name: string) {
  const { email, display_name, password } = await register(platform, name);
  const api = await request.newContext({ baseURL: platform.gatewayUrl });
  const token = new URL(await mailedLink(platform, email, "/auth/verify-email")).searchParams.get("token");
  await api.post("/api/v1/auth/verify-email", { data: { token, password } });
  let access_token = "";
  await expect(async () => {
    const answer = await api.post("/api/v1/auth/login", { data: { email, password } });
    expect(answer.status()).toBe(200);
    ({ access_token } = await answer.json());
  }).toPass();
  await api.dispose();
  const extraHTTPHeaders = { authorization: `Bearer ${access_token}` };
  return { email, display_name, api: await request.newContext({ baseURL: platform.gatewayUrl, extraHTTPHeaders }) };
}

test("an administrator acts as somebody, is told so on every page, and is themselves again without a sign-in", async ({
  page,
  context,
  platform,
}) => {
  test.slow();
  const { email, display_name, api } = await verified(platform, "Grace Hopper");
  await open(page, `/users?search=${email}`, "Users");
  await page.getByRole("link", { name: display_name }).click();
  await expectPage(page, display_name);
  const address = page.url();
  const second = await context.newPage();
  await open(second, "/users", "Users");
  await page.bringToFront();

  await page.getByRole("button", { name: "Act as this user…" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("textbox").fill(REASON);
  await look(page, "acting-question");
  await question.getByRole("button", { name: "Act as this user" }).click();
  const banner = page.getByRole("region", { name: "Acting as another user" });
  await expect(banner.getByText(`You act as ${display_name}`)).toBeVisible();
  await expect(banner.getByText(REASON)).toBeVisible();
  await expectPage(page, "Your security");
  await expect(page.getByText(/can change how they sign in/)).toBeVisible();
  await expect(page.getByText(`${ADMINISTRATOR.email} acts as this user: ${REASON}`)).toBeVisible();
  await look(page, "acting");
  // A page that needs what only the administrator holds.
  await page.goto("/users");
  await expectPage(page, "You may not see this page");
  await expect(banner).toBeVisible();
  await look(page, "acting-not-permitted");

  // The second tab, which showed what the administrator sees, goes on as the user as well.
  await second.bringToFront();
  await expect(second.getByRole("region", { name: "Acting as another user" })).toBeVisible();
  await expectPage(second, "Your security");
  await second.close();
  await page.bringToFront();

  await banner.getByRole("button", { name: "Stop" }).click();
  await expect(banner).toHaveCount(0);
  await expect(page.getByText("You are yourself again")).toBeVisible();
  await page.goto(address);
  await expectPage(page, display_name);
  const timeline = page.getByRole("region", { name: "What this user did, and what was done to them" });
  await expect(async () => {
    await page.reload();
    const entry = timeline.getByText(`${ADMINISTRATOR.name} as ${display_name}`);
    await expect(entry).toHaveCount(2, { timeout: 2_000 });
  }).toPass({ timeout: 20_000 });
  await timeline.scrollIntoViewIfNeeded();
  await look(page, "acting-timeline");
  await page.getByRole("link", { name: "Look into the audit log" }).click();
  await page.waitForURL(/\/audit\?about=/);
  await expect(page.getByText(`${ADMINISTRATOR.name} as ${display_name}`)).toHaveCount(2);
  await look(page, "acting-audit");
  await api.dispose();
});

test("the user ends it, and the page goes on as the administrator's", async ({ page, platform }) => {
  const { email, display_name, api } = await verified(platform, "Grace Hopper");
  await open(page, `/users?search=${email}`, "Users");
  await page.getByRole("link", { name: display_name }).click();
  await page.getByRole("button", { name: "Act as this user…" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("textbox").fill(REASON);
  await question.getByRole("button", { name: "Act as this user" }).click();
  const banner = page.getByRole("region", { name: "Acting as another user" });
  await expect(banner).toBeVisible();
  await expectPage(page, "Your security");

  const { items } = await (await api.get("/api/v1/auth/sessions")).json();
  const acting = items.find((session: { actor?: object }) => session.actor);
  expect((await api.delete(`/api/v1/auth/sessions/${acting.id}`)).status()).toBe(204);
  // The live connection is told; nobody clicks anything.
  await expect(banner).toHaveCount(0);
  await expectPage(page, "Overview");
  await expect(page.getByText("You are yourself again")).toBeVisible();
  await api.dispose();
});
