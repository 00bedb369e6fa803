import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { OrganisationPage } from "./organisation-page";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const READER = ["organisations.read"];
const KEEPER = [...READER, "organisations.write", "organisations.delete", "members.write", "users.read", "roles.read"];

const engines = {
  id: "o1",
  name: "Analytical Engines",
  slug: "analytical-engines",
  description: "Weaves algebra.",
  created_at: "2030-01-01T12:00:00Z",
  updated_at: "2030-01-01T12:00:00Z",
  version: 3,
};
const member = (user_id: string, display_name: string | null, roles: [string, string | null][], more: object = {}) => ({
  user_id,
  email: `${user_id}@example.org`,
  display_name,
  status: "active",
  is_service_account: false,
  roles: roles.map(([role, expires_at]) => ({ role, team_id: null, team_name: null, expires_at })),
  joined_at: "2030-01-02T12:00:00Z",
  ...more,
});
const members = [
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

const refused = (status: number, kind: string, more: object = {}) =>
  new Response(JSON.stringify({ type: `urn:orion:problem:${kind}`, title: kind, status, ...more }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
const isItself = (path: string) => /^\/api\/v1\/organisations\/[^/]+$/.test(path);
const done = () => new Response(null, { status: 204 });

/** Answers as the server does to somebody with these permissions; gives what was asked besides reading. */
function serve(
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

const menuOf = async (name: string) => {
  fireEvent.click(await screen.findByRole("button", { name: `What can be done with ${name}` }));
  return screen.findByRole("menu");
};

/** Chooses what is to be done with a member. Without a pointer, for which a menu waits until it has its place. */
async function choose(name: string, what: string) {
  fireEvent.click(within(await menuOf(name)).getByRole("menuitem", { name: what }));
}

it("shows who belongs to it and what they hold inside, by the names to show", async () => {
  serve(KEEPER);
  expect(await screen.findByRole("heading", { level: 1, name: "Analytical Engines" })).toBeTruthy();
  expect(screen.getByText("Weaves algebra.")).toBeTruthy();
  expect(await screen.findAllByText("Organisation owner")).not.toEqual([]);
  const [, ada, bob, old] = within(screen.getByRole("table", { name: "Members" })).getAllByRole("row");
  const cells = (row: HTMLElement | undefined) =>
    within(row ?? document.body)
      .getAllByRole("cell")
      .map(({ textContent }) => textContent);
  // Whoever holds more is a member all the same.
  expect(cells(ada)[1]).toBe("Organisation owner");
  expect(cells(ada)[0]).toMatch(/^Ada Lovelaceada@example\.org/);
  expect(cells(bob)[0]).toMatch(/^bob@example\.org/);
  expect(cells(bob)[1]).toBe("Organisation member");
  expect(cells(old)[0]).toMatch(/^Old ProgramSuspendedService account/);
  expect(cells(old)[1]).toMatch(/^Organisation administrator · Ended: /);
  expect(
    within(ada ?? document.body)
      .getByRole("link")
      .getAttribute("href"),
  ).toBe("/users/ada");
});

it("offers nothing that its reader may not, and asks for nothing of it", async () => {
  const { read } = serve(READER);
  expect(await screen.findByText("Ada Lovelace")).toBeTruthy();
  // What roles inside are called whoever may see the organisation is told by it.
  expect(await screen.findAllByText("Organisation owner")).not.toEqual([]);
  expect(screen.getAllByRole("button").map((one) => one.getAttribute("aria-label"))).toEqual([
    "Copy: Name in addresses",
    "Copy: Id",
  ]);
  expect(screen.queryByRole("region", { name: "Audit log" })).toBeNull();
  expect(screen.queryByRole("link", { name: "Ada Lovelace" })).toBeNull();
  expect(screen.queryByRole("heading", { name: "Invitations" })).toBeNull();
  expect(read.filter((path) => /v1\/roles|invitations|audit/.test(path))).toEqual([]);
});

it("offers whoever acts for it what they hold inside, and nothing of the platform's", async () => {
  const inside = ["organisations.read", "organisations.write", "members.write", "teams.write", "audit.read"];
  const { ordered, read } = serve(["console.use"], done, {
    organisation: { id: "o1", name: "Engines", permissions: inside },
  });
  expect(await screen.findByRole("button", { name: "Edit…" })).toBeTruthy();
  expect(screen.getByRole("button", { name: "New team…" })).toBeTruthy();
  expect(screen.getByRole("button", { name: "Invite somebody…" })).toBeTruthy();
  expect(screen.getByRole("region", { name: "Audit log" })).toBeTruthy();
  for (const name of ["Delete…", "Add a member…"]) expect(screen.queryByRole("button", { name })).toBeNull();
  expect(screen.queryByRole("link", { name: "Show them among the users" })).toBeNull();
  await screen.findAllByText("Organisation owner");
  await choose("bob@example.org", "Give a role…");
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.selectOptions(dialog.getByLabelText("Role"), "organisation_admin");
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  const order = ["PUT /api/v1/organisations/o1/members/bob/roles/organisation_admin", null, {}];
  await vi.waitFor(() => expect(ordered).toEqual([order]));
  expect(read).not.toContain("/api/v1/roles");
});

it("offers nothing to who acts for another one", async () => {
  const organisation = { id: "o2", name: "Looms", permissions: KEEPER };
  serve(READER, done, { organisation });
  expect(await screen.findByText("Ada Lovelace")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Edit…" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Invite somebody…" })).toBeNull();
});

it("lets its id be copied", async () => {
  serve(READER);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Copy: Id" }));
  expect(await navigator.clipboard.readText()).toBe("o1");
});

it("shows what the audit log has of it to who may read that, and leads on", async () => {
  const { read } = serve([...READER, "audit.read"]);
  const log = within(await screen.findByRole("region", { name: "Audit log" }));
  expect(await log.findByText("Changed an organisation")).toBeTruthy();
  expect(log.getByRole("link", { name: "Look into the audit log" }).getAttribute("href")).toBe(
    "/audit?organisation=o1",
  );
  expect(read).toContain("/api/v1/audit?organisation=o1");
});

it("is changed over the version that was seen, and says when somebody else was there first", async () => {
  const { ordered, read } = serve(KEEPER, () => refused(412, "precondition-failed"));
  await userEvent.click(await screen.findByRole("button", { name: "Edit…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.clear(dialog.getByLabelText("What it is"));
  const before = read.filter(isItself).length;
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  expect(await dialog.findByText("It was changed in the meantime")).toBeTruthy();
  expect(ordered).toEqual([["PATCH /api/v1/organisations/o1", '"3"', { description: null }]]);
  // What it was changed to is looked at.
  await vi.waitFor(() => expect(read.filter(isItself).length).toBeGreaterThan(before));
});

it("is deleted once its name in addresses was typed", async () => {
  const { ordered } = serve(KEEPER);
  await userEvent.click(await screen.findByRole("button", { name: "Delete…" }));
  const question = within(await screen.findByRole("alertdialog", { name: "Delete Analytical Engines?" }));
  expect(question.getByText(/its invitations are withdrawn/)).toBeTruthy();
  await userEvent.click(question.getByRole("button", { name: "Delete" }));
  expect(ordered).toEqual([]);
  await userEvent.type(question.getByRole("textbox"), "analytical-engines");
  await userEvent.click(question.getByRole("button", { name: "Delete" }));
  await vi.waitFor(() => expect(ordered).toEqual([["DELETE /api/v1/organisations/o1", '"3"', null]]));
});

it("gives a member a role inside, and takes one away", async () => {
  const { ordered } = serve(KEEPER);
  await screen.findAllByText("Organisation owner");
  await choose("bob@example.org", "Give a role…");
  const dialog = within(await screen.findByRole("dialog"));
  const options = dialog.getAllByRole("option").map(({ textContent }) => textContent);
  expect(options).toEqual(["Choose one", "Organisation administrator", "Organisation owner", "Team lead"]);
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  expect(await dialog.findByText("Choose one.")).toBeTruthy();
  await userEvent.selectOptions(dialog.getByLabelText("Role"), "organisation_admin");
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await choose("Ada Lovelace", "Take away Organisation owner…");
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Take away" }));
  const members = "/api/v1/organisations/o1/members";
  await vi.waitFor(() =>
    expect(ordered).toEqual([
      [`PUT ${members}/bob/roles/organisation_admin`, null, {}],
      [`DELETE ${members}/ada/roles/organisation_owner`, null, null],
    ]),
  );
});

it("asks for the team of a role that is held for one, and takes it away for that alone", async () => {
  const answer = () =>
    refused(422, "validation", { errors: [{ field: "team_id", message: "no", code: "not_one_of" }] });
  let isRefused = true;
  const lead = { role: "team_lead", team_id: "t1", team_name: "Mill", expires_at: null };
  const leading = { ...member("old", "Old Program", []), roles: [lead] };
  const { ordered } = serve(KEEPER, () => (isRefused ? answer() : done()), {
    belonging: [...members.slice(0, 2), leading],
  });
  expect((await screen.findAllByText(/Team lead/))[0]?.textContent).toBe("Team lead · Mill");
  await choose("bob@example.org", "Give a role…");
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.selectOptions(dialog.getByLabelText("Role"), "organisation_admin");
  expect(dialog.queryByLabelText("Team")).toBeNull();
  await userEvent.selectOptions(dialog.getByLabelText("Role"), "team_lead");
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  expect(await dialog.findByText("Choose one.")).toBeTruthy();
  expect(ordered).toEqual([]);
  await dialog.findByRole("option", { name: "Mill" });
  await userEvent.selectOptions(dialog.getByLabelText("Team"), "Mill");
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  expect(await dialog.findByText("They are not in this team: put them in first.")).toBeTruthy();
  isRefused = false;
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await choose("Old Program", "Take away Team lead for Mill…");
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Take away" }));
  const path = "/api/v1/organisations/o1/members";
  const given = [`PUT ${path}/bob/roles/team_lead`, null, { team_id: "t1" }];
  await vi.waitFor(() =>
    expect(ordered).toEqual([given, given, [`DELETE ${path}/old/roles/team_lead?team_id=t1`, null, null]]),
  );
});

it("says why a role stays where it is", async () => {
  const detail = "Somebody must own the organisation for good.";
  serve(KEEPER, () => refused(409, "conflict", { detail }));
  await screen.findAllByText("Organisation owner");
  await choose("Ada Lovelace", "Take away Organisation owner…");
  const question = within(await screen.findByRole("alertdialog"));
  await userEvent.click(question.getByRole("button", { name: "Take away" }));
  expect(await question.findByText(detail)).toBeTruthy();
});

it.each(["Ada Lovelace", "Old Program"])("is not handed over to %s, who owns it or cannot", async (name) => {
  serve(KEEPER);
  const menu = within(await menuOf(name));
  expect(menu.getByRole("menuitem", { name: "Remove…" })).toBeTruthy();
  expect(menu.queryByRole("menuitem", { name: "Make the owner…" })).toBeNull();
});

it("is handed over to a member", async () => {
  const { ordered } = serve(KEEPER);
  await choose("bob@example.org", "Make the owner…");
  const question = await screen.findByRole("alertdialog", {
    name: "Make bob@example.org the owner of Analytical Engines?",
  });
  const [now, afterwards] = await within(question).findAllByRole("definition");
  expect(now?.textContent).toBe("Ada Lovelace");
  expect(afterwards?.textContent).toBe("bob@example.org and Ada Lovelace");
  expect(within(question).getByText(/nothing is taken from anybody: whoever owns it now stays an owner/)).toBeTruthy();
  await userEvent.click(within(question).getByRole("button", { name: "Make the owner" }));
  const title = "bob@example.org owns Analytical Engines now";
  const told = { type: "success", title, description: "Still owners of it: Ada Lovelace" };
  await vi.waitFor(() => expect(vi.mocked(notify).mock.lastCall).toEqual([told]));
  const order = ["POST /api/v1/organisations/o1/transfer", null, { user_id: "bob" }];
  await vi.waitFor(() => expect(ordered).toEqual([order]));
});

it("is handed over by its owner, who stays as an administrator", async () => {
  serve(KEEPER, done, { user_id: "ada" });
  await choose("bob@example.org", "Make the owner…");
  const question = within(await screen.findByRole("alertdialog"));
  const [now, afterwards] = await question.findAllByRole("definition");
  expect([now?.textContent, afterwards?.textContent]).toEqual(["Ada Lovelace", "bob@example.org"]);
  expect(question.getByText("You stay as an administrator of it.")).toBeTruthy();
  await userEvent.click(question.getByRole("button", { name: "Make the owner" }));
  const title = "bob@example.org owns Analytical Engines now";
  await vi.waitFor(() => expect(vi.mocked(notify).mock.lastCall).toEqual([{ type: "success", title }]));
});

it("loses a member after a question", async () => {
  const { ordered } = serve(KEEPER);
  await choose("bob@example.org", "Remove…");
  const question = await screen.findByRole("alertdialog", { name: "Remove bob@example.org from Analytical Engines?" });
  expect(ordered).toEqual([]);
  await userEvent.click(within(question).getByRole("button", { name: "Remove" }));
  await vi.waitFor(() => expect(ordered).toEqual([["DELETE /api/v1/organisations/o1/members/bob", null, null]]));
});

it("takes whoever was found as a member", async () => {
  const { ordered } = serve(KEEPER);
  await userEvent.click(await screen.findByRole("button", { name: "Add a member…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Add" }));
  expect(await dialog.findByText("Choose somebody who was found.")).toBeTruthy();
  await userEvent.type(dialog.getByLabelText("Who"), "grace");
  await userEvent.click(await dialog.findByRole("radio", { name: /Grace Hopper/ }));
  await userEvent.click(dialog.getByRole("button", { name: "Add" }));
  await vi.waitFor(() => expect(ordered).toEqual([["PUT /api/v1/organisations/o1/members/8", null, null]]));
});

it("finds by an id whoever has it", async () => {
  const { read } = serve(KEEPER);
  await userEvent.click(await screen.findByRole("button", { name: "Add a member…" }));
  const dialog = within(await screen.findByRole("dialog"));
  const id = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42";
  await userEvent.type(dialog.getByLabelText("Who"), id);
  expect(await dialog.findByRole("radio")).toBeTruthy();
  expect(read).toContain(`/api/v1/users/${id}`);
});

it("is what people are invited to with roles inside, and invitations are withdrawn", async () => {
  const { ordered } = serve(KEEPER);
  const invited = await screen.findByRole("region", { name: "Invitations" });
  expect((await within(invited).findByRole("listitem")).textContent).toMatch(
    /eve@example\.org.*Organisation administrator · sent .*2030.* · until .*2130/,
  );
  await userEvent.click(screen.getByRole("button", { name: "Invite somebody…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByLabelText("E-mail address"), " mary@example.org ");
  await userEvent.click(dialog.getByLabelText("Organisation administrator"));
  expect(dialog.queryByLabelText("Moderator")).toBeNull();
  await userEvent.click(dialog.getByRole("button", { name: "Invite" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await userEvent.click(screen.getByRole("button", { name: "Withdraw: eve@example.org" }));
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Withdraw" }));
  const body = { email: "mary@example.org", roles: ["organisation_admin"] };
  await vi.waitFor(() =>
    expect(ordered).toEqual([
      ["POST /api/v1/organisations/o1/invitations", null, body],
      ["DELETE /api/v1/organisations/o1/invitations/i1", null, null],
    ]),
  );
});

it("offers the list where there is no such organisation, for asking again never helps", async () => {
  vi.stubGlobal("fetch", async () => refused(404, "not-found"));
  showPage(OrganisationPage, "/_console/organisations_/$organisationId");
  expect(await screen.findByRole("heading", { name: "There is no such organisation" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});
