import type { Page } from "@playwright/test";
import { look } from "./fixtures/look.ts";
import { expectLive, goTo, open } from "./fixtures/moves.ts";
import { failToSignIn, register } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

/** The event that a sign-in tells that fails: anybody can cause it from outside. */
const FAILED = "auth.login_failed";

const filterOf = (page: Page) => page.getByLabel("Filter", { exact: true });

/** The newest row of a list that is not folded out. */
const firstRow = (page: Page, region: string) =>
  page.getByRole("region", { name: region }).getByRole("button", { expanded: false }).first();

test("what happens appears while it happens", async ({ page, platform }) => {
  const { email } = await register(platform, "Emmy Noether");
  await open(page, "/", "Overview");
  await goTo(page, "Events");
  await expectLive(page);
  await failToSignIn(platform, email);
  await expect(firstRow(page, "Event stream")).toBeVisible({ timeout: 15_000 });
  await look(page, "events");
});

test("the live events stand still while one of them is read, and say so", async ({ page, platform }) => {
  const { email } = await register(platform, "Emmy Noether");
  await open(page, "/events", "Events");
  await expectLive(page);
  await failToSignIn(platform, email);
  await firstRow(page, "Event stream").click();
  const resume = page.getByRole("button", { name: /^Resume/ });
  await expect(resume).toBeVisible();
  await expect(page.locator("[data-live]")).toHaveText("Paused");
  await look(page, "events-detail");
  await resume.click();
  await expectLive(page);
});

test("a search among the live events that finds nothing says so", async ({ page, platform }) => {
  const { email } = await register(platform, "Emmy Noether");
  await open(page, "/events", "Events");
  await expectLive(page);
  await failToSignIn(platform, email);
  await expect(firstRow(page, "Event stream")).toBeVisible({ timeout: 15_000 });
  await page.getByLabel("Search live events").fill("no event has this text");
  await expect(page.getByRole("heading", { name: "No event matches" })).toBeVisible();
  await look(page, "events-searched");
});

test("a condition looks into the log, and can be shared by its address", async ({ page, platform }) => {
  const { email } = await register(platform, "Emmy Noether");
  await failToSignIn(platform, email);
  const row = firstRow(page, "Events of the log");
  await open(page, "/events", "Events");
  await expectLive(page);
  await page.keyboard.press("/");
  await page.keyboard.type(`event.type == "${FAILED}"`);
  await page.keyboard.press("Enter");
  await page.waitForURL(/filter=/);
  await expect(row.getByText(FAILED)).toBeVisible();
  await expect(page.getByText(/^Log as of/)).toBeVisible();
  await expectLive(page);
  await look(page, "events-log");
  await page.reload();
  await expect(row.getByText(FAILED)).toBeVisible();
  await expect(filterOf(page)).toHaveValue(new RegExp(FAILED));
  await page.getByRole("button", { name: "Ask again" }).click();
  await expect(row).toBeVisible();
});

test("a wrong condition is told at its field, and an example leads on", async ({ page, platform, faults }) => {
  faults.expect(/^4\d\d: GET \/api\/v1\/events/);
  await register(platform, "Emmy Noether");
  await open(page, "/events", "Events");
  await expectLive(page);
  // Without Enter: it is applied when the typing has rested.
  await filterOf(page).fill('evnt.type == "user.created"');
  await expect(page.getByText("did you mean `event`?")).toBeVisible();
  await expect(filterOf(page)).toHaveAttribute("aria-invalid", "true");
  await look(page, "events-log-refused");
  await page.getByRole("button", { name: "New users" }).click();
  await expect(firstRow(page, "Events of the log").getByText("user.created")).toBeVisible();
});

test("a look in vain says how far it went, and can go further", async ({ page }) => {
  await open(page, "/events", "Events");
  await expectLive(page);
  // As among very many events.
  const answers = [{ items: [], next_cursor: "further" }, { items: [] }];
  await page.route(/api\/v1\/events/, (route) => route.fulfill({ json: answers.shift() ?? { items: [] } }));
  await filterOf(page).fill('event.type == "no.such.kind"');
  await filterOf(page).press("Enter");
  await expect(page.getByRole("heading", { name: /^Nothing among the last/ })).toBeVisible();
  await look(page, "events-log-further");
  await page.getByRole("button", { name: "Look further" }).click();
  await expect(page.getByRole("heading", { name: "No event matches" })).toBeVisible();
  await look(page, "events-log-none");
});

test("Escape clears the condition, and then leaves its field", async ({ page, platform }) => {
  await register(platform, "Emmy Noether");
  await open(page, `/events?filter=${encodeURIComponent('event.type == "user.created"')}`, "Events");
  await expect(firstRow(page, "Events of the log")).toBeVisible();
  await filterOf(page).press("Escape");
  await expectLive(page);
  expect(page.url()).not.toContain("filter=");
  await filterOf(page).press("Escape");
  await expect(filterOf(page)).not.toBeFocused();
});
