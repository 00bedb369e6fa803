import { inspect, must } from "./inspect.mjs";
import { goTo, heading } from "./moves.mjs";
import { ADMINISTRATOR } from "./people.mjs";

/** What happens on the platform appears while it happens. */
export async function watchEvents(page, { consoleUrl, screenshots }) {
  await goTo(page, "Events");
  await heading(page, "Events");
  await page.locator("[data-live=live]").waitFor();
  // A sign-in that fails is an event that anybody can cause from outside.
  await page.request.post(new URL("/console/session", consoleUrl).href, {
    headers: { "x-orion-csrf": "1", origin: new URL(consoleUrl).origin },
    data: { email: ADMINISTRATOR.email, password: "not the right password" },
    failOnStatusCode: false,
  });
  const row = page.getByRole("region", { name: "Event stream" }).getByRole("button", { expanded: false }).first();
  await row.waitFor({ timeout: 15_000 });
  await inspect(page, "events", screenshots);
  await row.click();
  await page.getByRole("button", { name: /^Resume/ }).waitFor();
  must((await page.locator("[data-live]").textContent()) === "Paused", "a list that stands still claims to be live");
  await inspect(page, "events-detail", screenshots);
  await page.getByRole("button", { name: /^Resume/ }).click();
  await page.getByLabel("Search live events").fill("no event has this text");
  await page.getByRole("heading", { name: "No event matches" }).waitFor();
  await inspect(page, "events-searched", screenshots);
}

/** A condition looks into the log; it can be shared by its address, and without it the events are live again. */
export async function filterEvents(page, { consoleUrl, screenshots }) {
  const field = page.getByLabel("Filter", { exact: true });
  const row = page.getByRole("region", { name: "Events of the log" }).getByRole("button", { expanded: false }).first();
  await page.goto(new URL("/events", consoleUrl).href);
  await heading(page, "Events");
  await page.keyboard.press("/");
  await page.keyboard.type('event.type == "auth.login_failed"');
  await page.keyboard.press("Enter");
  await page.waitForURL(/filter=/);
  await row.getByText("auth.login_failed").waitFor();
  await page.getByText("A look into the log, not live").waitFor();
  await inspect(page, "events-log", screenshots);
  await page.reload();
  await row.getByText("auth.login_failed").waitFor();
  must((await field.inputValue()).includes("auth.login_failed"), "the condition of the address is not in the field");
  await page.getByRole("button", { name: "Ask again" }).click();
  await row.waitFor();
  // Without Enter: it is applied when the typing has rested.
  await field.fill('evnt.type == "user.created"');
  await page.getByText("did you mean `event`?").waitFor();
  must((await field.getAttribute("aria-invalid")) === "true", "the field of a wrong condition is not said to be wrong");
  await inspect(page, "events-log-refused", screenshots);
  await page.getByRole("button", { name: "New users" }).click();
  await row.getByText("user.created").waitFor();
  await lookInVain(page, { field, screenshots });
  await field.press("Escape");
  await page.locator("[data-live=live]").waitFor();
  must(!page.url().includes("filter="), "a filter that was cleared stayed in the address");
  await field.press("Escape");
  must(await field.evaluate((element) => element !== document.activeElement), "Escape does not leave an empty field");
}

/** Among very many events nothing may be found at first: it is said how far was looked, and there is a way on. */
async function lookInVain(page, { field, screenshots }) {
  const body = JSON.stringify({ items: [], next_cursor: "further" });
  await page.route(/api\/v1\/events/, (route) => route.fulfill({ contentType: "application/json", body }), {
    times: 1,
  });
  await field.fill('event.type == "no.such.kind"');
  await field.press("Enter");
  await page.getByRole("heading", { name: /^Nothing among the last/ }).waitFor();
  await inspect(page, "events-log-further", screenshots);
  await page.route(
    /api\/v1\/events/,
    (route) => route.fulfill({ contentType: "application/json", body: JSON.stringify({ items: [] }) }),
    { times: 1 },
  );
  await page.getByRole("button", { name: "Look further" }).click();
  await page.getByRole("heading", { name: "No event matches" }).waitFor();
  await inspect(page, "events-log-none", screenshots);
}
