import { readdirSync } from "node:fs";
import type { APIRequestContext, Page } from "@playwright/test";
import type { EntryPath } from "../early.ts";
import type { FileRoutesByFullPath } from "../src/route-tree.gen.ts";
import { look } from "./fixtures/look.ts";
import { register } from "./fixtures/people.ts";
import { expect, test } from "./fixtures/test.ts";

type RoutePath = keyof FileRoutesByFullPath;
/** An address, or how it is found for somebody who has just registered. */
type Address = string | ((request: APIRequestContext, email: string, origin: string) => Promise<string>);

/** What each route of the console shows. */
const PAGES: Record<Exclude<RoutePath, EntryPath>, Record<string, Address>> = {
  "/": { overview: "/" },
  "/account": { account: "/account" },
  "/api-keys": { "api-keys": "/api-keys", "service-accounts": "/api-keys?view=service-accounts" },
  "/api-keys/service-accounts/$accountId": {
    "service-account": async (request, email, origin) =>
      `/api-keys/service-accounts/${await make(request, "/api/v1/service-accounts", `Program of ${email}`, origin)}`,
  },
  "/events": { events: "/events" },
  "/users": { users: "/users" },
  "/users/$userId": {
    user: async (request, email) => `/users/${await idOf(request, `/api/v1/users?search=${email}`)}`,
  },
  "/roles": {
    roles: "/roles",
    "roles-matrix": "/roles?view=matrix",
    "roles-who": "/roles?view=who&permission=users.read",
    "roles-check": "/roles?view=check&permission=users.read",
  },
  "/roles/$role": { role: "/roles/moderator" },
  "/organisations": { organisations: "/organisations" },
  "/organisations/$organisationId": {
    organisation: async (request, email, origin) =>
      `/organisations/${await make(request, "/api/v1/organisations", `Organisation of ${email}`, origin)}`,
  },
  "/organisations/$organisationId/teams/$teamId": {
    team: async (request, email, origin) => {
      const organisation = await make(request, "/api/v1/organisations", `Organisation of ${email}`, origin);
      const teams = `/organisations/${organisation}/teams`;
      return `${teams}/${await make(request, `/api/v1${teams}`, "Mill", origin)}`;
    },
  },
  "/security": {
    security: "/security",
    "security-sign-ins": "/security?view=attempts",
    "security-throttles": "/security?view=throttles",
    "security-keys": "/security?view=keys",
  },
  "/audit": { audit: "/audit" },
  "/audit/$entryId": {
    "audit-entry": async (request, email) => {
      const user = await idOf(request, `/api/v1/users?search=${email}`);
      return `/audit/${await idOf(request, `/api/v1/audit?resource=user&resource_id=${user}`)}`;
    },
  },
  "/settings": {
    settings: "/settings",
    setting: "/settings?setting=users.verification_hours",
    "settings-history": "/settings?view=history",
  },
  "/mails": { mails: "/mails" },
  "/mails/$mailId": {
    mail: async (request, email) => `/mails/${await idOf(request, `/api/v1/notifications/captured-mails?to=${email}`)}`,
  },
  "/$": { "not-found": "/no/such/page" },
};
/** Those before signing in, with what they are called. */
const ENTRIES: Record<EntryPath, string> = {
  "/sign-in": "sign-in",
  "/setup": "setup",
  "/reset": "reset",
  "/step-up": "step-up-window",
};

/** Makes something by a name, as the console does; gives its id. */
async function make(request: APIRequestContext, path: string, name: string, origin: string): Promise<string> {
  const headers = { "x-orion-csrf": "1", origin };
  const answer = await request.post(path, { data: { name }, headers });
  expect(answer.status(), await answer.text()).toBe(201);
  return (await answer.json()).id;
}

/** The id of the one that a list has; it comes a moment after what it follows from. */
async function idOf(request: APIRequestContext, list: string): Promise<string> {
  let id = "";
  await expect(async () => {
    const { items } = await (await request.get(list)).json();
    id = items[0].id;
  }).toPass({ timeout: 10_000 });
  return id;
}

/** The page says which language it speaks, fits, and can be used by all. Its colours are looked at in English. */
async function lookInLanguage(page: Page, language: string, [screen, path]: [string, string]): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", language);
  // Nothing is still being loaded.
  await expect(page.locator("main").getByRole("status").and(page.locator("[aria-label]"))).toHaveCount(0);
  await look(page, `${screen}-${language}`, ["light", "phone"]);
}

/** Those that have a catalogue, but English, which every other test looks at. */
const LANGUAGES = readdirSync(new URL("../locales", import.meta.url))
  .map((file) => file.replace(/\.po$/, ""))
  .filter((language) => language !== "en");

for (const language of LANGUAGES) {
  test.describe(`in the language ${language}`, () => {
    test.use({ locale: language });

    for (const [screen, address] of Object.values(PAGES).flatMap(Object.entries<Address>)) {
      test(`the page "${screen}" fits`, async ({ page, platform, faults }) => {
        // Who registers is a row, a mail and an event.
        const { email } = await register(platform, "Emmy Noether", language);
        // Another test has deleted a program that had a key: nobody has the id of its owner.
        if (screen === "api-keys") faults.expect(/^404: GET \/api\/v1\/users\/[^/]+$/);
        const path = typeof address === "string" ? address : await address(page.request, email, platform.consoleUrl);
        await lookInLanguage(page, language, [screen, path]);
      });
    }

    test.describe("before signing in", () => {
      test.use({ signedIn: false });

      for (const [path, screen] of Object.entries(ENTRIES)) {
        test(`the page at ${path} fits`, async ({ page, platform }) => {
          await platform.setUp();
          await lookInLanguage(page, language, [screen, path]);
        });
      }
    });
  });
}
