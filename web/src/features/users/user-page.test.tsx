import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { UserPage } from "./user-page";

afterEach(cleanup);

const user = {
  id: "7",
  email: "ada@example.org",
  display_name: "Ada Lovelace",
  first_name: null,
  last_name: null,
  username: null,
  bio: null,
  phone: null,
  location: null,
  website: null,
  social_links: {},
  tags: [],
  metadata: {},
  status: "active",
  is_verified: true,
  roles: ["moderator"],
  locale: "en",
  timezone: "UTC",
  last_login_at: null,
  created_at: "2030-01-01T12:00:00Z",
  updated_at: "2030-01-01T12:00:00Z",
  version: 1,
};
const event = { id: "e", type: "user.created", source: "users", occurred_at: "2030-01-01T12:00:00Z", data: {} };
const mail = (id: string, to: string, subject: string) => ({ id, to, subject, captured_at: "2030-01-01T12:00:00Z" });

let lifted = false;
const throttle = { id: "t", policy: "login", user_id: "7", owner: null, failures: 6, blocked_until: null };
/** Those of this user alone, as they are asked for. */
const throttles = (url: URL) => (url.searchParams.get("user_id") === "7" && !lifted ? [throttle] : []);

/** Answers as the server does to somebody who holds these permissions. */
function serve(...permissions: string[]) {
  const asked: URL[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    asked.push(url);
    if (request.method === "DELETE") lifted = true;
    if (url.pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (url.pathname === "/api/v1/events") return Response.json({ items: [event], next_cursor: null });
    if (url.pathname.endsWith("/captured-mails")) {
      const all = [mail("m", "ada@example.org", "Welcome"), mail("n", "grace@example.org", "For Grace")];
      return Response.json({ items: all.filter(({ to }) => to === url.searchParams.get("to")), next_cursor: null });
    }
    if (url.pathname.endsWith("/throttles")) return Response.json({ items: throttles(url), next_cursor: null });
    if (url.pathname.endsWith("/security-events")) return Response.json({ items: [], next_cursor: null });
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    if (url.pathname.endsWith("/providers")) return Response.json({ items: [] });
    return Response.json(user);
  });
  return () => asked.map(({ pathname }) => pathname);
}

it("shows who somebody is, what happened about them, and the mails to their address alone", async () => {
  serve("users.read", "events.read", "captured-mail.read");
  showPage(UserPage, "/_console/users_/$userId");
  expect(await screen.findByRole("heading", { name: "Ada Lovelace" })).toBeTruthy();
  expect(screen.getByText("moderator")).toBeTruthy();
  expect(await screen.findByText("user.created")).toBeTruthy();
  expect((await screen.findByRole("link", { name: /Welcome/ })).getAttribute("href")).toBe("/mails/m");
  expect(screen.queryByText("For Grace")).toBeNull();
  expect(screen.getByRole("link", { name: "Look into the log" }).getAttribute("href")).toMatch(/^\/events\?filter=/);
});

it("asks for nothing that its reader may not see", async () => {
  const asked = serve("users.read");
  showPage(UserPage, "/_console/users_/$userId");
  expect(await screen.findByRole("heading", { name: "Ada Lovelace" })).toBeTruthy();
  await vi.waitFor(() => expect(asked()).toContain("/console/session"));
  expect(screen.queryByRole("heading", { name: "Recent events" })).toBeNull();
  expect(asked().filter((path) => /events|mails/.test(path))).toEqual([]);
  expect(screen.queryByRole("heading", { name: "Password" })).toBeNull();
});

it("shows what delays this user alone, lets whoever may lift it, and leads to their sign-ins", async () => {
  const asked = serve("users.read", "security.read", "security.write");
  showPage(UserPage, "/_console/users_/$userId");
  expect(await screen.findByText(/6 failures in a row/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Lift…" }));
  await userEvent.click(await screen.findByRole("button", { name: "Lift" }));
  expect(await screen.findByText("Nothing delays this user at the moment.")).toBeTruthy();
  expect(asked()).toContain("/api/v1/auth/admin/throttles/t");
  const link = screen.getByRole("link", { name: "Look at the sign-ins" });
  expect(link.getAttribute("href")).toBe("/security?view=attempts&email=ada%40example.org");
});

it("lets whoever changes users order a new password", async () => {
  serve("users.read", "users.write");
  showPage(UserPage, "/_console/users_/$userId");
  expect(await screen.findByRole("button", { name: "Order a new password…" })).toBeTruthy();
});

it("offers the list where no such user is, for asking again never helps", async () => {
  const problem = { type: "urn:orion:problem:not-found", title: "Not found", status: 404 };
  const headers = { "content-type": "application/problem+json" };
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(problem), { status: 404, headers }));
  showPage(UserPage, "/_console/users_/$userId");
  expect(await screen.findByRole("heading", { name: "There is no such user" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});
