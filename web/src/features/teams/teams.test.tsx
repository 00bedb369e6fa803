import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Organisation } from "@/api/schema";
import { showPage } from "@/lib/show-page";
import { TeamPage } from "./team-page";
import { Teams } from "./teams";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const TEAM = "/organisations/$organisationId/teams/$teamId";
const KEEPER = ["organisations.read", "teams.write", "users.read"];
const engines = { id: "o1", name: "Analytical Engines" } as Organisation;
const mill = {
  id: "t1",
  organisation_id: "o1",
  name: "Mill",
  description: "Looks after the mill.",
  created_at: "2030-01-01T12:00:00Z",
  updated_at: "2030-01-01T12:00:00Z",
  version: 4,
};
const person = (user_id: string, display_name: string | null) => ({
  user_id,
  email: `${user_id}@example.org`,
  display_name,
  added_at: "2030-01-02T12:00:00Z",
});
const inTeam = [person("ada", "Ada Lovelace")];
const belonging = [person("ada", "Ada Lovelace"), person("bob", null), person("eve", "Eve Armitage")];

const refused = (status: number, kind: string, more: object = {}) =>
  new Response(JSON.stringify({ type: `urn:orion:problem:${kind}`, title: kind, status, ...more }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
const done = () => new Response(null, { status: 204 });

/** Answers as the server does to somebody with these permissions; gives what was asked besides reading. */
function serve(permissions: string[], answer: (url: string) => Response = done, teams: object[] = [mill]) {
  const ordered: unknown[] = [];
  const read: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (request.method !== "GET") {
      ordered.push([`${request.method} ${pathname}`, request.headers.get("if-match"), await body(request)]);
      return answer(pathname);
    }
    read.push(pathname);
    if (pathname.endsWith("/teams")) return Response.json({ items: teams, next_cursor: null });
    if (/\/teams\/.*\/members$/.test(pathname)) return Response.json({ items: inTeam, next_cursor: null });
    if (pathname.endsWith("/members")) return Response.json({ items: belonging, next_cursor: null });
    if (pathname.includes("/teams/")) return Response.json(mill);
    return Response.json(engines);
  });
  return { ordered, read };
}
const body = (request: Request) => request.json().catch(() => null);

const showTeams = () => showPage(() => <Teams organisation={engines} />, "/organisations");
const showTeam = () => showPage(TeamPage, TEAM);

it("are listed with what they do, each a way to its page", async () => {
  serve(["organisations.read"]);
  showTeams();
  const link = await screen.findByRole("link", { name: "Mill" });
  expect(link.getAttribute("href")).toBe("/organisations/o1/teams/t1");
  expect(screen.getByRole("listitem").textContent).toMatch(/Looks after the mill\. · made .*2030/);
  expect(screen.queryByRole("button")).toBeNull();
});

it("are told of where there are none, with what they are", async () => {
  serve(KEEPER, done, []);
  showTeams();
  expect(await screen.findByText(/No teams yet\. A team is some of the members/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "New team…" })).toBeTruthy();
});

it("are made with a name, and not with one that is taken", async () => {
  const taken = () => refused(409, "conflict", { errors: [{ field: "name", message: "is another team's" }] });
  const { ordered } = serve(KEEPER, taken);
  showTeams();
  await userEvent.click(await screen.findByRole("button", { name: "New team…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "A new team of Analytical Engines" }));
  await userEvent.click(dialog.getByRole("button", { name: "Make the team" }));
  expect(await dialog.findByText("The name is missing.")).toBeTruthy();
  expect(ordered).toEqual([]);
  await userEvent.type(dialog.getByLabelText("Name"), " Mill ");
  await userEvent.click(dialog.getByRole("button", { name: "Make the team" }));
  expect(await dialog.findByText("Another team of the organisation is called so.")).toBeTruthy();
  expect(ordered).toEqual([["POST /api/v1/organisations/o1/teams", null, { name: "Mill" }]]);
});

it("show who is in them, and offer nothing that their reader may not", async () => {
  const { read } = serve(["organisations.read"]);
  showTeam();
  expect(await screen.findByRole("heading", { level: 1, name: "Mill" })).toBeTruthy();
  expect((await screen.findByRole("listitem")).textContent).toMatch(/^Ada Lovelaceada@example\.org · since .*2030/);
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.queryByRole("link", { name: "Ada Lovelace" })).toBeNull();
  expect(read).not.toContain("/api/v1/organisations/o1/members");
});

it("are managed by who holds that for them alone", async () => {
  const answer = (path: string) =>
    path === "/api/v1/authz/check" ? Response.json({ items: [{ allowed: true }] }) : done();
  const { ordered } = serve(["organisations.read"], answer);
  showTeam();
  expect(await screen.findByRole("button", { name: "Edit…" })).toBeTruthy();
  expect(await screen.findByRole("button", { name: "Take out: Ada Lovelace" })).toBeTruthy();
  const questions = [{ permission: "teams.write", organisation_id: "o1", team_id: "t1" }];
  expect(ordered).toEqual([["POST /api/v1/authz/check", null, { questions }]]);
});

it("are renamed over the version that was seen", async () => {
  const { ordered } = serve(KEEPER, () => refused(412, "precondition-failed"));
  showTeam();
  await userEvent.click(await screen.findByRole("button", { name: "Edit…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "The team Mill" }));
  await userEvent.clear(dialog.getByLabelText("Name"));
  await userEvent.type(dialog.getByLabelText("Name"), "Store");
  await userEvent.clear(dialog.getByLabelText("What it does"));
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  expect(await dialog.findByText("It was changed in the meantime")).toBeTruthy();
  const change = { name: "Store", description: null };
  expect(ordered).toEqual([["PATCH /api/v1/organisations/o1/teams/t1", '"4"', change]]);
});

it("are deleted after a question", async () => {
  const { ordered } = serve(KEEPER);
  showTeam();
  await userEvent.click(await screen.findByRole("button", { name: "Delete…" }));
  const question = within(await screen.findByRole("alertdialog", { name: "Delete the team Mill?" }));
  expect(ordered).toEqual([]);
  await userEvent.click(question.getByRole("button", { name: "Delete" }));
  await vi.waitFor(() => expect(ordered).toEqual([["DELETE /api/v1/organisations/o1/teams/t1", '"4"', null]]));
});

it("take in members of the organisation who are not in them yet, several at once", async () => {
  const { ordered } = serve(KEEPER);
  showTeam();
  expect(await screen.findByText("Ada Lovelace")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Put members in…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Put members into Mill" }));
  await dialog.findByRole("checkbox", { name: "bob@example.org" });
  expect(dialog.queryByRole("checkbox", { name: /Ada/ })).toBeNull();
  await userEvent.click(dialog.getByRole("button", { name: "Add" }));
  expect(await dialog.findByText("Choose somebody.")).toBeTruthy();
  await userEvent.click(dialog.getByRole("checkbox", { name: "bob@example.org" }));
  await userEvent.type(dialog.getByLabelText("Who"), "armi");
  expect(dialog.queryByRole("checkbox", { name: "bob@example.org" })).toBeNull();
  await userEvent.click(dialog.getByRole("checkbox", { name: /Eve Armitage/ }));
  expect(dialog.getByText("Members: 2 chosen")).toBeTruthy();
  await userEvent.click(dialog.getByRole("button", { name: "Add" }));
  const members = "/api/v1/organisations/o1/teams/t1/members";
  await vi.waitFor(() =>
    expect(ordered).toEqual([
      [`PUT ${members}/bob`, null, null],
      [`PUT ${members}/eve`, null, null],
    ]),
  );
});

it("keep whom they took in where a later one is refused, who alone is asked for again", async () => {
  const { ordered } = serve(KEEPER, (path) =>
    path.endsWith("/eve") ? refused(404, "not-found", { detail: "They do not belong to it." }) : done(),
  );
  showTeam();
  await userEvent.click(await screen.findByRole("button", { name: "Put members in…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Put members into Mill" }));
  await userEvent.click(await dialog.findByRole("checkbox", { name: "bob@example.org" }));
  await userEvent.click(dialog.getByRole("checkbox", { name: /Eve Armitage/ }));
  await userEvent.click(dialog.getByRole("button", { name: "Add" }));
  expect(await dialog.findByText("They do not belong to it.")).toBeTruthy();
  ordered.length = 0;
  await userEvent.click(dialog.getByRole("button", { name: "Add" }));
  await vi.waitFor(() => expect(ordered).toHaveLength(1));
  expect(String(ordered[0])).toMatch(/\/eve/);
});

it("let go of a member after a question", async () => {
  const { ordered } = serve(KEEPER);
  showTeam();
  await userEvent.click(await screen.findByRole("button", { name: "Take out: Ada Lovelace" }));
  const question = within(await screen.findByRole("alertdialog", { name: "Take Ada Lovelace out of Mill?" }));
  expect(ordered).toEqual([]);
  await userEvent.click(question.getByRole("button", { name: "Take out" }));
  await vi.waitFor(() =>
    expect(ordered).toEqual([["DELETE /api/v1/organisations/o1/teams/t1/members/ada", null, null]]),
  );
});

it("lead to the organisation where there is no such one, for asking again never helps", async () => {
  vi.stubGlobal("fetch", async () => refused(404, "not-found"));
  showTeam();
  expect(await screen.findByRole("heading", { name: "There is no such team" })).toBeTruthy();
  expect(screen.getByRole("link", { name: "Go to the organisation" }).getAttribute("href")).toMatch(
    /^\/organisations\/[^/]+$/,
  );
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});
