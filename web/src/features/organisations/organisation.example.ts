import { fireEvent, screen, within } from "@testing-library/react";
import { vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { OrganisationPage } from "./organisation-page";

export const READER = ["organisations.read"];
export const KEEPER = [
  ...READER,
  "organisations.write",
  "organisations.delete",
  "members.write",
  "users.read",
  "roles.read",
];

const engines = {
  id: "o1",
  name: "Analytical Engines",
  slug: "analytical-engines",
  description: "Weaves algebra.",
  created_at: "2030-01-01T12:00:00Z",
  updated_at: "2030-01-01T12:00:00Z",
  version: 3,
};
export const member = (
  user_id: string,
  display_name: string | null,
  roles: [string, string | null][],
  more: object = {},
) => ({
  user_id,
  email: `${user_id}@example.org`,
  display_name,
  status: "active",
  is_service_account: false,
  roles: roles.map(([role, expires_at]) => ({ role, team_id: null, team_name: null, expires_at })),
  joined_at: "2030-01-02T12:00:00Z",
  ...more,
});
export const members = [
  member("ada", "Ada Lovelace", [
    ["organisation_member", null],
    ["organisation_owner", null],
  ]),
  member("bob", null, [["organisation_member", null]]),
  member("old", "Old Program", [["organisation_admin", "2020-01-01T12:00:00Z"]], {
    status: "suspended",
    is_service_account: true,
  }),
];
const invitation = {
  id: "i1",
  organisation_id: "o1",
  organisation_name: "Analytical Engines",
  email: "eve@example.org",
  roles: ["organisation_admin"],
  invited_by: "ada",
  sent_at: "2030-01-03T12:00:00Z",
  expires_at: "2130-01-03T12:00:00Z",
};
const mill = { ...engines, id: "t1", organisation_id: "o1", name: "Mill" };
const role = (name: string, display_name: string, scope: string) => ({ id: name, name, display_name, scope });
const roles = [
  role("moderator", "Moderator", "global"),
  role("organisation_admin", "Organisation administrator", "org"),
  role("organisation_member", "Organisation member", "org"),
  role("organisation_owner", "Organisation owner", "org"),
  role("team_lead", "Team lead", "team"),
];
const entry = {
  id: "e1",
  occurred_at: "2030-01-04T12:00:00Z",
  description: "Changed an organisation",
  action: "update",
  service: "users",
  principal: { kind: "service", service: "users" },
  actor: null,
  ip_address: null,
  success: true,
};
const users = [{ id: "8", email: "grace@example.org", display_name: "Grace Hopper", status: "active" }];

export const refused = (status: number, kind: string, more: object = {}) =>
  new Response(JSON.stringify({ type: `urn:orion:problem:${kind}`, title: kind, status, ...more }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
export const isItself = (path: string) => /^\/api\/v1\/organisations\/[^/]+$/.test(path);
export const done = () => new Response(null, { status: 204 });

/** Shows the page; answers as the server does to somebody with these permissions; gives what was asked besides reading. */
export function serve(
  permissions: string[],
  answer: () => Response = done,
  { user_id = "1", organisation = null as object | null, belonging = members as object[] } = {},
) {
  const ordered: unknown[] = [];
  const read: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, search, searchParams } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id, permissions, organisation });
    if (request.method !== "GET") {
      const body = await request.json().catch(() => null);
      ordered.push([`${request.method} ${pathname}${search}`, request.headers.get("if-match"), body]);
      return answer();
    }
    read.push(pathname === "/api/v1/audit" ? `${pathname}?organisation=${searchParams.get("organisation")}` : pathname);
    if (pathname === "/api/v1/roles") return Response.json({ items: roles });
    if (pathname.endsWith("/roles")) return Response.json({ items: roles.filter(({ scope }) => scope !== "global") });
    if (pathname === "/api/v1/audit") return Response.json({ items: [entry], next_cursor: null });
    if (pathname === "/api/v1/users") return Response.json({ items: users, next_cursor: null });
    if (pathname.endsWith("/members")) return Response.json({ items: belonging, next_cursor: null });
    if (pathname.endsWith("/teams")) return Response.json({ items: [mill], next_cursor: null });
    if (pathname.endsWith("/invitations")) return Response.json({ items: [invitation], next_cursor: null });
    return Response.json(engines);
  });
  showPage(OrganisationPage, "/_console/organisations_/$organisationId");
  return { ordered, read };
}

export const menuOf = async (name: string) => {
  fireEvent.click(await screen.findByRole("button", { name: `What can be done with ${name}` }));
  return screen.findByRole("menu");
};

/** Chooses what is to be done with a member. Without a pointer, for which a menu waits until it has its place. */
export async function choose(name: string, what: string) {
  fireEvent.click(within(await menuOf(name)).getByRole("menuitem", { name: what }));
}
