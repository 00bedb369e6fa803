import { look } from "./fixtures/look.ts";
import { open } from "./fixtures/moves.ts";
import { registerActive } from "./fixtures/organisations.ts";
import { register } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

test("filters are kept as a view, with which the list begins, until it is deleted", async ({ page }) => {
  await open(page, "/users?status=suspended&sort=name", "Users");
  await page.getByRole("button", { name: "View: not saved" }).click();
  await page.getByRole("menuitem", { name: "Save as a view…" }).click();
  const dialog = page.getByRole("dialog", { name: "Save as a view" });
  await dialog.getByLabel("Name").fill("Suspended, by name");
  await dialog.getByLabel("The list begins with it").check();
  await look(page, "users-view-new");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "View: Suspended, by name" })).toBeVisible();

  await page.goto("/");
  await open(page, "/users", "Users");
  await page.waitForURL(/status=suspended/);
  const view = page.getByRole("button", { name: "View: Suspended, by name" });
  await view.click();
  await expect(page.getByRole("menuitemradio", { name: /^Suspended, by name/ })).toBeVisible();
  await look(page, "users-views");
  await page.getByRole("menuitem", { name: "Delete this view…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("button", { name: "View: not saved" })).toBeVisible();
});

test("of many users only those in view are in the page", async ({ page }) => {
  const items = (from: number) =>
    Array.from({ length: 100 }, (_, index) => ({
      id: `019e4c3a-7f10-7c55-9d2b-${String(from + index).padStart(12, "0")}`,
      email: `user${from + index}@example.org`,
      status: "active",
      roles: ["user"],
      created_at: "2026-01-01T00:00:00Z",
      last_login_at: null,
    }));
  await page.route(/\/api\/v1\/users\?/, (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    return route.fulfill({ json: { items: items(from), next_cursor: from < 900 ? String(from + 100) : null } });
  });
  await open(page, "/users", "Users");
  const list = page.getByRole("region", { name: "List of users" });
  await expect(list.getByText("user0@example.org")).toBeVisible();
  for (let step = 0; step < 10; step += 1) {
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    expect(await list.locator("tbody tr").count()).toBeLessThanOrEqual(60);
  }
  await expect(async () => {
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await expect(list.getByText("user999@example.org")).toBeVisible({ timeout: 500 });
  }).toPass();
  expect(await list.locator("tbody tr").count()).toBeLessThanOrEqual(60);
});

test("whether somebody may do something is asked from their page, and answered with why", async ({
  page,
  platform,
}) => {
  const { email, display_name } = await register(platform, "Annie Jump");
  await open(page, `/users?search=${email}`, "Users");
  await page.getByRole("link", { name: display_name }).click();
  await page.getByRole("link", { name: "Check one of them" }).click();
  await page.waitForURL(/\/roles\?view=check&user=/);
  await page.getByLabel("May do", { exact: true }).selectOption("users.write");
  const answer = page.getByRole("region", { name: "The answer" });
  await expect(answer).toContainText(`${display_name} may not do users.write`);
  await expect(page.getByRole("region", { name: "How they could come by it" })).toContainText("admin");
  await look(page, "check-refused");
  await page.getByLabel("May do", { exact: true }).selectOption("profile.read");
  await expect(answer).toContainText("may do profile.read");
  await expect(page.getByRole("region", { name: "What gives it" })).toContainText("By the role guest");
  await look(page, "check-allowed");
});

test("an explanation says of what a condition was asked, also of what the asker knows of the object", async ({
  page,
  platform,
}) => {
  const { email, display_name } = await registerActive(platform, "Williamina Fleming");
  await open(page, `/users?search=${email}`, "Users");
  await page.getByRole("link", { name: display_name }).click();
  await page.getByRole("button", { name: "Give a permission…" }).click();
  const put = page.getByRole("dialog", { name: `Give ${display_name} a permission` });
  await put.getByLabel("Permission").selectOption("audit.read");
  await put.getByLabel("Condition").fill('now.getHours() < 24 && object.attributes.region == "eu" && request.mfa');
  await put.getByRole("button", { name: "Give" }).click();
  await expect(put).toBeHidden();
  await page.getByRole("link", { name: "Check one of them" }).click();
  await page.getByLabel("May do", { exact: true }).selectOption("audit.read");
  const near = page.getByRole("region", { name: "What comes near" });
  const values = near.getByLabel("Of what it was asked");
  await expect(values).toContainText("object.attributes.regionnot known");
  await expect(values).toContainText("request.mfanot known");
  await expect(values).toContainText(/now.* UTC/);
  await page.getByText("More about the object").click();
  await page.getByRole("button", { name: "Add an attribute" }).click();
  const attribute = page.getByRole("group", { name: "Attribute 1" });
  await attribute.getByLabel("Name").fill("1st");
  await page.getByRole("button", { name: "Ask with these" }).click();
  await expect(attribute).toContainText("no digit first");
  await look(page, "check-attributes-fault");
  await attribute.getByLabel("Name").fill("region");
  await attribute.getByLabel("Value").fill("us");
  await page.getByRole("button", { name: "Ask with these" }).click();
  await expect(values).toContainText("object.attributes.regionus");
  await look(page, "check-attributes");
  // The question stands in the address.
  await page.reload();
  await expect(values).toContainText("object.attributes.regionus");
});

test("a service account is given a role and a permission, and asked about", async ({ page, faults }) => {
  await open(page, "/api-keys?view=service-accounts", "API keys");
  await page.getByRole("button", { name: "Make a service account…" }).click();
  const made = page.getByRole("dialog", { name: /^A new/ });
  await made.getByLabel("Name").fill("Forklift");
  await made.getByRole("button", { name: "Make the service account" }).click();
  await page.getByRole("link", { name: "Forklift" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Forklift" })).toBeVisible();
  await page.getByRole("button", { name: "Edit…" }).click();
  const edit = page.getByRole("dialog", { name: "The service account Forklift" });
  await edit.getByLabel("What it is for").fill("Lifts what is heavy.");
  await look(page, "service-account-edit");
  // Somebody else is faster.
  await page.evaluate(async () => {
    const address = `/api/v1/service-accounts/${location.pathname.split("/").pop()}`;
    const { version } = await (await fetch(address)).json();
    const headers = { "content-type": "application/json", "x-orion-csrf": "1", "if-match": `"${version}"` };
    await fetch(address, { method: "PATCH", headers, body: JSON.stringify({ description: "Lifts pallets." }) });
  });
  faults.expect(/^412: PATCH \/api\/v1\/service-accounts\//);
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(edit.getByRole("region", { name: "Both versions" })).toContainText("Lifts pallets.");
  await look(page, "service-account-overtaken");
  await edit.getByRole("button", { name: "Go on with mine" }).click();
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Lifts what is heavy.")).toBeVisible();
  await page.getByRole("button", { name: "Give a role…" }).click();
  const give = page.getByRole("dialog", { name: "Give Forklift a role" });
  await give.getByLabel("Role").selectOption("moderator");
  await look(page, "give-role");
  await give.getByRole("button", { name: "Give" }).click();
  await expect(page.getByRole("region", { name: "Roles" }).getByRole("link", { name: "Moderator" })).toBeVisible();
  await page.getByRole("button", { name: "Give a permission…" }).click();
  const put = page.getByRole("dialog", { name: "Give Forklift a permission" });
  await put.getByLabel("Permission").selectOption("audit.read");
  await look(page, "put-permission");
  await put.getByRole("button", { name: "Give" }).click();
  await expect(page.getByRole("region", { name: "Permissions beside roles" })).toContainText("audit.read");
  await look(page, "service-account");
  const decided = page.getByRole("region", { name: "What they may do" });
  await decided.getByRole("link", { name: "Why? audit.read" }).click();
  await expect(page.getByRole("region", { name: "The answer" })).toContainText("Forklift may do audit.read");
});

test("preferences are set in one's account", async ({ page }) => {
  await open(page, "/account", "Your security");
  const preferences = page.getByRole("region", { name: "Preferences" });
  await preferences.getByLabel("Time zone").fill("Europe/Berlin");
  await preferences.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Your preferences are saved")).toBeVisible();
  await page.reload();
  await expect(preferences.getByLabel("Time zone")).toHaveValue("Europe/Berlin");
  await look(page, "account-preferences");
});

test("the longest words of names stay in their places", async ({ page, platform }) => {
  const { email } = await registerActive(platform, "Maximiliane Oberstaufen-Hohenzollern");
  await open(page, "/", "Overview");
  const headers = { "x-orion-csrf": "1", origin: platform.consoleUrl };
  const make = async (path: string, data: object) => (await page.request.post(path, { data, headers })).json();
  const { items } = await (await page.request.get(`/api/v1/users?search=${email}`)).json();
  const member = items[0].id;
  const program = await make("/api/v1/service-accounts", { name: "Lagerverwaltungsschnittstellenprogramm" });
  const name = `Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbau${Date.now()}`;
  const organisation = await make("/api/v1/organisations", { name });
  const place = `/api/v1/organisations/${organisation.id}/members/${member}`;
  for (const path of [place, `${place}/roles/organisation_admin`]) {
    expect((await page.request.put(path, { data: {}, headers })).status()).toBe(204);
  }
  await open(page, `/api-keys/service-accounts/${program.id}`, program.name);
  await look(page, "long-program");
  await open(page, `/organisations/${organisation.id}`, name);
  await look(page, "long-organisation");
  await open(page, `/roles?view=check&permission=audit.read&user=${member}`, "Roles");
  await expect(page.getByRole("region", { name: "What comes near" })).toContainText(name);
  await look(page, "long-check");
});
