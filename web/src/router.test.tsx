import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { act, cleanup, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { contact } from "@/api/contact";
import type { ConsoleSession } from "@/api/schema";
// At hand before the first page waits for it.
import "@/features/shell/console-shell";
import { sessionQuery } from "@/features/session/queries";
import { USER_STATUSES } from "@/features/users/user-filter";
import * as parts from "@/lib/lazy-part";
import { PERMISSIONS } from "@/lib/permissions";
import { permittedSections } from "@/lib/sections";
import { render } from "@/lib/show-page";
import { createConsoleRouter } from "./router";

const { routesById } = createConsoleRouter(new QueryClient());
const sections = (...held: string[]) => permittedSections(Object.values(routesById), { permissions: held });
const paths = (...held: string[]) => sections(...held).map(({ path }) => path);

/** Opens the console at an address, as somebody who holds these permissions. */
function open(address: string, ...permissions: string[]) {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const session: ConsoleSession = {
    user_id: "7",
    email: "ada@example.org",
    display_name: null,
    roles: [],
    permissions,
    organisation: null,
    idle_expires_at: "2130-01-01T12:30:00Z",
    expires_at: "2130-01-02T00:00:00Z",
  };
  queryClient.setQueryData(sessionQuery.queryKey, session);
  vi.stubGlobal("WebSocket", class {});
  vi.stubGlobal("fetch", async () => Response.json({ items: [], services: [], next_cursor: null }));
  const router = createConsoleRouter(queryClient);
  router.update({ ...router.options, history: createMemoryHistory({ initialEntries: [address] }) });
  render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return router;
}

afterEach(cleanup);

describe("sections", () => {
  it("are offered in the navigation's order", () => {
    const some = ["users.read", "captured-mail.read", "events.read", "health.read", "settings.read"];
    expect(paths(...some)).toEqual(["/", "/events", "/settings", "/users", "/mails"]);
  });

  it("are offered only to those who hold their permission", () => {
    expect(paths("console.use", "users.read")).toEqual(["/users"]);
    expect(paths("users.write")).toEqual([]);
  });

  it("are offered inside the organisation for which one acts where it has a part of them", () => {
    const inside = { id: "o1", permissions: ["organisations.read", "audit.read", "users.read", "settings.read"] };
    const offered = permittedSections(Object.values(routesById), { permissions: [], organisation: inside });
    expect(offered.map(({ path }) => path)).toEqual(["/audit", "/organisations"]);
  });

  it("have a key of their own each", () => {
    const keys = sections(...PERMISSIONS).map(({ key }) => key);
    expect(keys.length).toBeGreaterThanOrEqual(10);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("a page", () => {
  it("is not shown to somebody without its permission, who reads which one it needs", async () => {
    open("/users", "health.read");
    expect(await screen.findByRole("heading", { name: "You may not see this page" })).toBeTruthy();
    expect(screen.getByText("users.read")).toBeTruthy();
    expect(screen.queryByRole("link", { name: "Users" })).toBeNull();
  });

  it.each([
    [["health.read"], "Go to: Overview", "/"],
    [["events.read"], "Go to: Events", "/events"],
    [[], "Go to your account", "/account"],
  ])("that is refused leads on to what whoever holds %j may see", async (held, name, to) => {
    open("/users", ...held);
    expect((await screen.findByRole("link", { name })).getAttribute("href")).toBe(to);
  });

  it("is not shown either below one whose permission is missing", async () => {
    open("/mails/7", "health.read");
    expect(await screen.findByText("captured-mail.read")).toBeTruthy();
  });

  it("is shown to those who hold it", async () => {
    open("/users", "users.read");
    expect(await screen.findByRole("heading", { name: "Users" })).toBeTruthy();
  });

  it("fetches what code it lacks once the server is back", async () => {
    const fetchAll = vi.spyOn(parts, "fetchParts");
    open("/events", "events.read");
    await screen.findByRole("heading", { name: "Events" });
    fetchAll.mockClear();
    act(() => contact.missed());
    act(() => contact.heard());
    expect(fetchAll).toHaveBeenCalledOnce();
  });

  it("takes the overview's place for those who may not see that", async () => {
    const router = open("/", "captured-mail.read", "events.read");
    expect(await screen.findByRole("heading", { name: "Events" })).toBeTruthy();
    expect(router.state.location.pathname).toBe("/events");
  });
});

describe("what an address searches for", () => {
  const read = (id: keyof typeof routesById, raw: Record<string, unknown>) => {
    const { validateSearch } = routesById[id].options as { validateSearch?: (raw: object) => unknown };
    return validateSearch?.(raw);
  };

  it("goes on after signing in to a path of the console", () => {
    expect(read("/sign-in", { next: "/users?search=ada" })).toMatchObject({ next: "/users?search=ada" });
  });

  it.each(["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", 5])(
    "never leads to %s after signing in",
    (next) => {
      expect(read("/sign-in", { next })).toMatchObject({ next: undefined });
    },
  );

  it("takes the key of a setting for a link to its history", () => {
    expect(read("/_console/settings", { key: "log.filter" })).toMatchObject({ view: "history", key: "log.filter" });
    expect(read("/_console/settings", { view: "other" })).toMatchObject({ view: undefined, key: undefined });
  });

  it("is no longer than the server takes it", () => {
    expect(read("/_console/users", { search: "a".repeat(300) })).toMatchObject({ search: "a".repeat(200) });
  });

  it("drops a status that does not exist", () => {
    expect(read("/_console/users", { status: "asleep" })).toMatchObject({ status: undefined });
    for (const status of USER_STATUSES) expect(read("/_console/users", { status })).toMatchObject({ status });
  });

  it("takes a search of digits as text", () => {
    expect(read("/_console/users", { search: 2030 })).toMatchObject({ search: "2030" });
  });

  it("takes a condition as it was written, also one that reads like a value", () => {
    const condition = 'event.type == "user.created"';
    expect(read("/_console/events", { filter: condition })).toMatchObject({ filter: condition });
    expect(read("/_console/events", { filter: true })).toMatchObject({ filter: "true" });
    expect(read("/_console/events", { filter: "" })).toMatchObject({ filter: undefined });
  });
});
