import { filterEvents, watchEvents } from "./events.mjs";
import { inspect, must, mustStandOut } from "./inspect.mjs";
import { goTo, heading } from "./moves.mjs";
import { ADMINISTRATOR, NEWCOMER } from "./people.mjs";

const SERVICES = ["gateway", "auth", "users", "notifications", "admin"];

/** An old link says so before anybody fills in a form. */
async function openStaleLink(page, { consoleUrl, screenshots }) {
  await page.goto(new URL("/setup#of-an-earlier-start", consoleUrl).href);
  await heading(page, "This link is not valid any more");
  await inspect(page, "setup-stale", screenshots);
}

async function setUp(page, { setupUrl, screenshots }) {
  // In the tab of the old link: only the fragment changes, and the page is not loaded anew.
  await page.goto(setupUrl);
  await heading(page, "Welcome to ORION");
  must(!page.url().includes("#"), "the one-time token stayed in the address bar");
  await inspect(page, "setup", screenshots);
  const button = page.getByRole("button", { name: "Create administrator" });
  const { y: before } = await button.boundingBox();
  await page.getByLabel("E-mail").fill("ada");
  await page.getByLabel("Name").fill(ADMINISTRATOR.name);
  await page.getByLabel("Password", { exact: true }).fill("too short");
  await button.click();
  await page.getByText("6 more characters needed.").waitFor();
  await page.getByText("This is no e-mail address").waitFor();
  await inspect(page, "setup-refused", screenshots);
  await page.getByLabel("E-mail").fill(ADMINISTRATOR.email);
  await page.getByLabel("Password", { exact: true }).fill(ADMINISTRATOR.email);
  await button.click();
  await page.getByText("The password must not be the e-mail address or the name.").waitFor();
  must((await page.getByText("Some fields are not valid").count()) === 0, "the same is told twice");
  const { y: after } = await button.boundingBox();
  must(Math.abs(after - before) <= 20, `the form jumps: its button went from ${before} to ${after}`);
  await page.getByLabel("Password", { exact: true }).fill(ADMINISTRATOR.password);
  await seeRoomBelowMessage(page, button, screenshots);
  await button.click();
  await heading(page, "Overview");
}

/** A message of two lines is not taken for part of the next field, whose label keeps its distance. */
async function seeRoomBelowMessage(page, button, screenshots) {
  const message = "is one that does not stand on one line of this form, whatever else is said of it";
  const problem = {
    type: "urn:orion:problem:validation",
    title: "Some fields are not valid",
    status: 422,
    errors: [{ field: "display_name", message }],
  };
  const refusal = { status: 422, contentType: "application/problem+json", body: JSON.stringify(problem) };
  await page.route("**/console/setup", (route) => route.fulfill(refusal), { times: 1 });
  await button.click();
  const told = page.getByText(message);
  await told.waitFor();
  const bottom = await told.evaluate((element) => {
    const lines = document.createRange();
    lines.selectNodeContents(element);
    return lines.getBoundingClientRect().bottom;
  });
  const { y } = await page.locator("label").getByText("Password").boundingBox();
  must(y - bottom >= 12, `the next label stands ${y - bottom} px below a message of two lines`);
  await inspect(page, "setup-two-lines", screenshots);
}

async function seeAllUp(page, { screenshots }) {
  await page.locator("[data-live=live]").waitFor();
  for (const service of SERVICES) {
    await page.locator(`[data-service=${service}][data-status=up]`).waitFor({ timeout: 15_000 });
  }
  await inspect(page, "overview", screenshots);
  const entry = page.getByRole("navigation", { name: "Main" }).locator("a");
  await mustStandOut(page, entry.and(page.locator("[aria-current]")), entry.nth(1), "overview", screenshots);
}

async function seeServiceStop(page, { control, screenshots }) {
  await goTo(page, "Overview");
  await page.locator("[data-service=notifications][data-status=up]").waitFor();
  await control.ask("stop notifications", "stopped");
  await page.locator("[data-service=notifications][data-status=down]").waitFor({ timeout: 5_000 });
  await inspect(page, "overview-down", screenshots);
}

async function readMails(page, { consoleUrl, screenshots }) {
  await goTo(page, "Captured mails");
  await heading(page, "Captured mails");
  const first = page.getByRole("navigation", { name: "Mails" }).getByRole("link").first();
  await first.or(page.getByRole("heading", { name: "No mail was captured" })).waitFor();
  await inspect(page, "mails", screenshots);
  if (!(await first.isVisible())) return;
  // Somebody registers while the list is open: the mail to them appears without a reload.
  await page.request.post(new URL("/api/v1/auth/register", consoleUrl).href, {
    headers: { "x-orion-csrf": "1", origin: new URL(consoleUrl).origin },
    data: NEWCOMER,
  });
  const newest = page.getByRole("navigation", { name: "Mails" }).getByRole("link", { name: NEWCOMER.email });
  await newest.click();
  await openLinkOfMail(page);
  await inspect(page, "mail", screenshots);
  const entry = page.getByRole("navigation", { name: "Mails" }).locator("a");
  await mustStandOut(page, newest, entry.and(page.locator(":not([aria-current])")), "mail", screenshots);
  const tab = (selected) => page.getByRole("tab", { selected });
  await mustStandOut(page, tab(true), tab(false), "mail-tabs", screenshots);
  const chosen = page.url();
  await newest.focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForURL((url) => url.href !== chosen);
  await page.keyboard.press("ArrowUp");
  await page.waitForURL(chosen);
  await page.goto(new URL("/mails/nonsense", consoleUrl).href);
  await page.getByRole("heading", { name: "There is no such mail" }).waitFor();
  await inspect(page, "mail-none", screenshots);
  await page.getByRole("link", { name: "Go to all mails" }).click();
  await page.getByText("No mail chosen").waitFor();
  await newest.click();
  await page.getByRole("tab", { name: "Text" }).click();
  const link = page.getByRole("tabpanel").locator("pre a").first();
  await link.waitFor();
  must((await link.getAttribute("rel")) === "noopener noreferrer", "a link in a mail knows who opened it");
  await inspect(page, "mail-text", screenshots);
}

/** The button of a mail opens its page in a tab that knows nothing of the console; the preview stays what it was. */
async function openLinkOfMail(page) {
  const frame = page.getByTitle(/^Preview of/);
  must(
    (await frame.getAttribute("sandbox")) === "allow-popups allow-popups-to-escape-sandbox",
    "a mail may do more than open tabs",
  );
  const button = frame.contentFrame().getByRole("link").first();
  const [tab] = await Promise.all([page.context().waitForEvent("page"), button.click()]);
  await tab.waitForLoadState();
  must((await tab.getByRole("button").count()) > 0, `the mail's link led to ${tab.url()}, where nothing can be done`);
  must(await tab.evaluate(() => window.opener === null), "a page that a mail links to knows who opened it");
  await tab.close();
  await button.waitFor();
}

async function searchUsers(page, { screenshots }) {
  await goTo(page, "Users");
  await heading(page, "Users");
  await page.getByRole("table").waitFor();
  await inspect(page, "users", screenshots);
  const status = page.getByRole("group", { name: "Status" }).locator("label");
  await mustStandOut(
    page,
    status.filter({ hasText: "All" }),
    status.filter({ hasText: "Active" }),
    "users",
    screenshots,
  );
  await page.getByLabel("Search users").fill(ADMINISTRATOR.email.slice(0, 4));
  await page.waitForURL(/search=/);
  await page.getByRole("table").getByText(ADMINISTRATOR.name).first().waitFor();
  await page.getByRole("group", { name: "Status" }).getByText("Pending").click();
  await page.waitForURL(/status=pending_verification/);
  await page.getByLabel("Search users").fill("nobody begins like this");
  await page.getByRole("heading", { name: "No user matches" }).waitFor();
  await inspect(page, "users-none", screenshots);
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await page.getByRole("table").waitFor();
}

/** Goes round by keyboard alone: the palette, the shortcuts and the help for them. */
async function useKeyboard(page, { screenshots }) {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search commands" }).waitFor();
  await inspect(page, "palette", screenshots);
  const option = (selected) => page.getByRole("option", { selected });
  await mustStandOut(page, option(true), option(false), "palette", screenshots);
  await page.keyboard.type("health");
  await page.keyboard.press("Enter");
  await heading(page, "Overview");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await inspect(page, "shortcuts", screenshots);
  // At once, while the dialog still fades away.
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("u");
  await heading(page, "Users");
  await page.keyboard.press("/");
  await page.keyboard.type("ada");
  await page.waitForURL(/search=ada/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await heading(page, "Events");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("lovelace");
  await inspect(page, "palette-search", screenshots);
  await page.keyboard.press("Enter");
  await page.waitForURL(/users\?search=lovelace/);
}

/** Each stop of the tab key is something that can be used; the frame around a page is none. */
async function goByTabKey(page) {
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await heading(page, "Overview");
  await page.evaluate(() => document.activeElement?.blur());
  const stops = [];
  for (let press = 0; press < 20; press += 1) {
    await page.keyboard.press("Tab");
    stops.push(await page.evaluate(() => document.activeElement?.tagName));
  }
  must(stops.includes("A") && stops.includes("BUTTON"), `the tab key stops at ${stops.join(", ")}`);
  must(!stops.includes("MAIN"), "the tab key stops at the frame around the page, where nothing shows it");
}

/** What is typed right after Ctrl+K is for the palette, also while its code is still on its way. */
async function typeAhead(page, { consoleUrl }) {
  let arrive = () => undefined;
  const later = new Promise((resolve) => {
    arrive = resolve;
  });
  await page.route(/assets\/overlays/, async (route) => {
    await later;
    await route.continue();
  });
  await page.goto(new URL("/events", consoleUrl).href);
  await heading(page, "Events");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("guests");
  must(page.url().endsWith("/events"), `typing for the palette led to ${page.url()}`);
  arrive();
  const input = page.getByRole("combobox", { name: "Search commands" });
  await input.waitFor();
  await page.keyboard.type("!");
  must((await input.inputValue()) === "guests!", `the palette took "${await input.inputValue()}" for what was typed`);
  await page.unroute(/assets\/overlays/);
  await page.keyboard.press("Escape");
}

/** Menus, the phone's navigation, and an address that does not exist. */
async function openTheRest(page, { consoleUrl, screenshots }) {
  await page.getByRole("button", { name: /account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
  await inspect(page, "account-menu", screenshots);
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: "Navigation" }).click();
  await page.getByRole("dialog", { name: "Navigation" }).getByRole("link", { name: "Events" }).waitFor();
  await inspect(page, "navigation-sheet", screenshots);
  await page.keyboard.press("Escape");
  await page.goto(new URL("/no/such/page", consoleUrl).href);
  await page.getByText("There is nothing at this address").waitFor();
  await inspect(page, "not-found", screenshots);
}

/** Code that cannot be loaded is an error of this page, with a way on, and not the browser's. */
async function missCode(page, { consoleUrl, screenshots }) {
  await page.route(/assets\/users-page/, (route) => route.abort());
  await page.goto(consoleUrl);
  await heading(page, "Overview");
  await goTo(page, "Users");
  await heading(page, "This part of the console could not be loaded");
  await inspect(page, "code-missing", screenshots);
  await page.unroute(/assets\/users-page/);
  await page.getByRole("button", { name: "Try again" }).click();
  await heading(page, "Users");
}

/** What could not be had while the server did not answer comes by itself once it does. */
async function findServerAgain(page, { consoleUrl, screenshots }) {
  const calls = /\/api\/v1\/users|\/console\/state/;
  await page.goto(consoleUrl);
  await heading(page, "Overview");
  await page.route(calls, (route) => route.abort());
  await goTo(page, "Users");
  await page.getByRole("heading", { name: "The console's server does not answer" }).waitFor();
  await page.locator("[data-contact=lost]").waitFor();
  await inspect(page, "users-lost", screenshots);
  await page.unroute(calls);
  await page.getByRole("table").waitFor();
  must((await page.locator("[data-contact=lost]").count()) === 0, "the server is still said to be lost");
}

/** Whoever made a link on the machine chooses a new password with it, once; a used one says so before that. */
async function chooseNewPassword(page, { consoleUrl, control, screenshots }) {
  await control.ask("make a reset link", "made");
  const link = new URL("/reset#of-the-machine", consoleUrl).href;
  const otherTab = await page.context().newPage();
  await otherTab.goto(consoleUrl);
  await otherTab.locator("[data-live=live]").waitFor();
  await page.goto(link);
  await heading(page, "Choose a new password");
  must(!page.url().includes("#"), "the one-time token stayed in the address bar");
  await inspect(page, "reset", screenshots);
  const field = page.getByLabel("New password", { exact: true });
  const button = page.getByRole("button", { name: "Change password" });
  await field.fill("too short");
  await button.click();
  await page.getByText("6 more characters needed.").waitFor();
  await field.fill(ADMINISTRATOR.email);
  await button.click();
  await page.getByText("The password must not be the e-mail address or the name.").waitFor();
  await inspect(page, "reset-refused", screenshots);
  ADMINISTRATOR.password = "four bright stars in a row";
  await field.fill(ADMINISTRATOR.password);
  const asked = otherTab.waitForResponse((response) => response.url().endsWith("/console/session"));
  await button.click();
  await heading(page, "Overview");
  // The session of the other tab has ended, and the browser has a new one.
  await asked;
  await otherTab.locator("[data-live=live]").waitFor();
  await heading(otherTab, "Overview");
  await otherTab.close();
  await page.goto(link);
  await heading(page, "This link is not valid any more");
  await page.getByText("orion admin reset EMAIL").waitFor();
  await inspect(page, "reset-stale", screenshots);
  await page.goto(consoleUrl);
  await heading(page, "Overview");
}

/** Without a server everything says so, and all pages can still be gone to. */
async function loseServer(page, { control, screenshots }) {
  await goTo(page, "Overview");
  await page.locator("[data-service=auth][data-status=up]").waitFor();
  await control.ask("stop admin", "stopped");
  await page.locator("[data-contact=lost]").waitFor({ timeout: 5_000 });
  for (const service of SERVICES) await page.locator(`[data-service=${service}][data-status=unknown]`).waitFor();
  await page.locator("[data-platform=unknown]").waitFor();
  await page.locator("[data-live=lost]").waitFor();
  await inspect(page, "lost-overview", screenshots);
  for (const [key, name] of [
    ["u", "Users"],
    ["e", "Events"],
    ["m", "Captured mails"],
  ]) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await heading(page, name);
    await page.locator("main[data-stale]").waitFor();
    must((await page.getByText(/Waiting for/).count()) === 0, `${name} waits for a server that is lost`);
    await inspect(page, `lost-${name.toLowerCase().replace(" ", "-")}`, screenshots);
  }
}

async function signOutAndIn(page, { consoleUrl, screenshots }) {
  await page.goto(new URL("/users", consoleUrl).href);
  await heading(page, "Users");
  await page.getByRole("button", { name: /account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await heading(page, "Sign in");
  await page.goto(new URL("/events", consoleUrl).href);
  await heading(page, "Sign in");
  await inspect(page, "sign-in", screenshots);
  await page.getByLabel("E-mail").fill(ADMINISTRATOR.email);
  await page.getByLabel("Password", { exact: true }).fill("not the right password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await inspect(page, "sign-in-refused", screenshots);
  await page.getByLabel("Password", { exact: true }).fill(ADMINISTRATOR.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await heading(page, "Events");
}

/** The service is stopped last, so that the other screens are seen with everything running. */
export const ORDER = [
  openStaleLink,
  setUp,
  seeAllUp,
  watchEvents,
  filterEvents,
  readMails,
  searchUsers,
  useKeyboard,
  goByTabKey,
  typeAhead,
  openTheRest,
  missCode,
  findServerAgain,
  chooseNewPassword,
  signOutAndIn,
  seeServiceStop,
  loseServer,
];
