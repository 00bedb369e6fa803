import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { AuthzDecision, PermissionInfo } from "@/api/schema";
import { showPage } from "@/lib/show-page";
import { CheckPermission } from "./check-permission";
import { Reason } from "./reason";
import { readRolesSearch } from "./roles-search";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const ADA = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42";
const ROBOT = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b43";
const ACME = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b44";
const MILL = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b45";
const permissions = [{ id: "1", name: "users.write", display_name: "Change users" }] as PermissionInfo[];
const path = (roles: string[], state: string, more: object = {}) => ({
  roles,
  state,
  organisation_id: null,
  team_id: null,
  expires_at: null,
  condition: null,
  why: null,
  asked_of: [],
  step_up: null,
  ...more,
});
const ALLOWED = {
  user_id: ADA,
  decision: { permission: "users.write", allowed: true, reason: "role", role: "desk", inherited_from: "moderator" },
  step_up: "recent",
  paths: [path(["desk", "moderator"], "holds")],
  given_by: ["moderator"],
  assigned_by: ["admin"],
  could_give: [],
};
const REFUSED = {
  user_id: ROBOT,
  decision: { permission: "users.write", allowed: false, reason: "unmet", role: null, inherited_from: null },
  step_up: "second_factor",
  paths: [
    path([], "unmet", {
      condition: "request.mfa",
      why: "nothing is known of the request",
      asked_of: [
        { name: "request.ip", known: false, value: null },
        { name: "now", known: true, value: "2026-11-29T15:09:55.123Z" },
        { name: "request.mfa", known: true, value: false },
        { name: "object.organisation_id", known: true, value: null },
        { name: "subject.roles", known: true, value: ["user", "desk"] },
        { name: "object.attributes.region", known: true, value: "eu" },
      ],
      step_up: "second_factor",
    }),
    path(["admin"], "elsewhere", { organisation_id: ACME }),
    path(["admin"], "expired", { expires_at: "2020-01-01T00:00:00Z" }),
  ],
  given_by: ["admin"],
  assigned_by: ["super_admin"],
  could_give: [{ user_id: ADA, email: "ada@example.org" }],
};

/** Answers as the server does to somebody who may see it all; gives what was asked. */
function serve(refused: object = REFUSED) {
  const asked: object[] = [];
  const answers: Record<string, object> = {
    "/console/session": {
      user_id: "1",
      permissions: ["roles.read", "users.read", "service-accounts.read", "organisations.read"],
    },
    [`/api/v1/users/${ADA}`]: { id: ADA, email: "ada@example.org", display_name: "Ada" },
    "/api/v1/users": { items: [{ id: ADA, email: "ada@example.org", display_name: "Ada" }] },
    "/api/v1/service-accounts": { items: [{ id: ROBOT, name: "Warehouse", roles: [] }] },
    [`/api/v1/service-accounts/${ROBOT}`]: { id: ROBOT, name: "Warehouse", roles: [] },
    "/api/v1/organisations": { items: [{ id: ACME, name: "Acme" }], next_cursor: null },
    [`/api/v1/organisations/${ACME}`]: { id: ACME, name: "Acme" },
    [`/api/v1/organisations/${ACME}/teams`]: { items: [{ id: MILL, name: "Mill" }], next_cursor: null },
    [`/api/v1/organisations/${ACME}/teams/${MILL}`]: { id: MILL, organisation_id: ACME, name: "Mill" },
  };
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/v1/authz/explain") {
      const body = await request.json();
      asked.push(body);
      return Response.json(body.user_id === ADA ? ALLOWED : refused);
    }
    const answer = answers[pathname];
    return answer ? Response.json(answer) : new Response(null, { status: 404 });
  });
  return asked;
}

type Group = ReturnType<typeof within>;

const show = (asked: object, onAsk = vi.fn()) => {
  showPage(() => <CheckPermission permissions={permissions} asked={asked} onAsk={onAsk} />, "/roles");
  return onAsk;
};

it("says yes, and by which roles", async () => {
  const asked = serve();
  show({ user: ADA, permission: "users.write", organisation: ACME, owner: ADA });
  const answer = within(await screen.findByRole("region", { name: "The answer" }));
  expect(await answer.findByText("Ada")).toBeTruthy();
  expect(answer.getByText("Yes")).toBeTruthy();
  expect(answer.getByText(/^To change something by it they have to sign in anew first/)).toBeTruthy();
  const why = screen.getByRole("region", { name: "What gives it" });
  expect(why.textContent).toContain("By the role desk which inherits from moderator");
  expect(screen.queryByRole("region", { name: "How they could come by it" })).toBeNull();
  expect(asked).toEqual([{ user_id: ADA, permission: "users.write", organisation_id: ACME, owner_id: ADA }]);
});

it("says of what is held for a team that none was asked about", async () => {
  const decision = {
    permission: "teams.write",
    allowed: false,
    reason: "other_team",
    role: null,
    inherited_from: null,
  };
  const said = (team: string | null) => {
    const asked = { ...decision, organisation_id: ACME, team_id: team, owner_id: null } as AuthzDecision;
    return showPage(() => <Reason decision={asked} />, "/roles");
  };
  said(null);
  expect(await screen.findByText("held for a team alone, and none was asked about")).toBeTruthy();
  cleanup();
  said(ACME);
  expect(await screen.findByText("held for another team alone")).toBeTruthy();
});

it("says no of a program, with what comes near and who could give it", async () => {
  serve();
  show({ user: ROBOT, permission: "users.write" });
  const near = within(await screen.findByRole("region", { name: "What comes near" }));
  expect(near.getByText("request.mfa", { selector: "code" })).toBeTruthy();
  expect(near.getByText("nothing is known of the request")).toBeTruthy();
  const values = within(near.getByLabelText("Of what it was asked"));
  expect(values.getAllByRole("term").map(({ textContent }) => textContent)).toEqual([
    "request.ip",
    "now",
    "request.mfa",
    "object.organisation_id",
    "subject.roles",
    "object.attributes.region",
  ]);
  const [ip, now, ...others] = values.getAllByRole("definition").map(({ textContent }) => textContent);
  expect(ip).toBe("not known");
  // As the condition reckons, whatever the clock on the wall says.
  expect(now).toMatch(/2026.* 15:09:55 UTC$/);
  expect(others).toEqual(["no", "nothing", "user, desk", "eu"]);
  expect(near.getByText("It would hold once a second factor is proven.")).toBeTruthy();
  expect(screen.getByText("Proving a second factor would do: it would be allowed then.")).toBeTruthy();
  expect((await near.findByRole("link", { name: "Acme" })).getAttribute("href")).toBe(`/organisations/${ACME}`);
  expect(near.getByText(/^Ended: /)).toBeTruthy();
  expect(await within(screen.getByRole("region", { name: "The answer" })).findByText("Warehouse")).toBeTruthy();
  const how = within(screen.getByRole("region", { name: "How they could come by it" }));
  expect(how.getByRole("link", { name: "ada@example.org" }).getAttribute("href")).toBe(`/users/${ADA}`);
  expect(how.getByRole("link", { name: "super_admin" })).toBeTruthy();
});

it("asks about a team by name once its organisation is chosen, and answers so", async () => {
  const facts = [
    { name: "object.organisation_id", known: true, value: ACME },
    { name: "object.team_id", known: true, value: MILL },
    { name: "object.owner_id", known: true, value: ADA },
  ];
  const asked = serve({
    ...REFUSED,
    decision: { ...REFUSED.decision, organisation_id: ACME, team_id: MILL },
    paths: [path([], "unmet", { condition: "object.team_id == null", asked_of: facts })],
  });
  const onAsk = show({ user: ROBOT, permission: "users.write", organisation: ACME, team: MILL });
  const team = await screen.findByLabelText<HTMLSelectElement>("And there of the team", { selector: "select" });
  await vi.waitFor(() => expect(team.value).toBe(MILL));
  const answer = await screen.findByRole("region", { name: "The answer" });
  await vi.waitFor(() => expect(answer.textContent).toContain("On something of the team Mill of Acme"));
  const values = within(screen.getByLabelText("Of what it was asked"));
  await vi.waitFor(() =>
    expect(values.getAllByRole("definition").map(({ textContent }) => textContent)).toEqual(["Acme", "Mill", "Ada"]),
  );
  expect(asked).toEqual([{ user_id: ROBOT, permission: "users.write", organisation_id: ACME, team_id: MILL }]);
  await userEvent.selectOptions(team, "None: the organisation as a whole");
  expect(onAsk.mock.lastCall?.[0]).toMatchObject({ organisation: ACME, team: undefined });
  // The teams of one organisation are not those of another, or of none.
  await userEvent.selectOptions(screen.getByLabelText("On something of the organisation"), "");
  expect(onAsk.mock.lastCall?.[0]).toMatchObject({ organisation: undefined, team: undefined });
});

it.each([
  ["other_team", { organisation_id: ACME, team_id: MILL }, "held for the team Mill alone"],
  ["elsewhere", { organisation_id: ACME, team_id: null }, "held for the organisation Acme alone"],
])("says for what alone it is held: %s", async (reason, place, words) => {
  serve({ ...REFUSED, decision: { ...REFUSED.decision, reason }, paths: [path(["desk"], "elsewhere", place)] });
  show({ user: ROBOT, permission: "users.write" });
  const answer = await screen.findByRole("region", { name: "The answer" });
  await vi.waitFor(() => expect(answer.textContent).toContain(words));
});

it.each([
  ["other_team", {}, "held for a team alone, and none was asked about"],
  ["other_team", { organisation_id: ACME, team_id: MILL }, "held for another team alone"],
  ["elsewhere", {}, "held for an organisation alone, and none was asked about"],
  ["elsewhere", { organisation_id: ACME }, "held for another organisation alone"],
] as const)("tells of another one only where one was asked about: %s, %o", async (reason, asked, words) => {
  const nothing = { role: null, inherited_from: null, organisation_id: null, team_id: null, owner_id: null };
  const decision = { permission: "users.write", allowed: false, reason, ...nothing, ...asked };
  showPage(() => <Reason decision={decision} />, "/roles");
  expect(await screen.findByText(words)).toBeTruthy();
});

it("asks for who, what and where, one after the other", async () => {
  const asked = serve();
  const onAsk = show({});
  await userEvent.type(await screen.findByLabelText("Who"), "ada");
  await userEvent.click(await screen.findByRole("radio"));
  expect(onAsk.mock.lastCall?.[0]).toMatchObject({ user: ADA });
  await userEvent.selectOptions(await screen.findByLabelText("Or a service account"), "Warehouse");
  expect(onAsk.mock.lastCall?.[0]).toMatchObject({ user: ROBOT });
  await userEvent.selectOptions(screen.getByLabelText("May do"), "users.write");
  expect(onAsk.mock.lastCall?.[0]).toMatchObject({ permission: "users.write" });
  await userEvent.selectOptions(await screen.findByLabelText("On something of the organisation"), "Acme");
  expect(onAsk.mock.lastCall?.[0]).toMatchObject({ organisation: ACME });
  const owner = screen.getByLabelText("That belongs to the user");
  await userEvent.type(owner, "no id");
  expect(await screen.findByText("This is no whole id.")).toBeTruthy();
  await userEvent.clear(owner);
  await userEvent.type(owner, ADA);
  expect(onAsk.mock.lastCall?.[0]).toMatchObject({ owner: ADA });
  expect(asked).toEqual([]);
});

it("sends what else is known of the object once all of it can be, and says at the field what cannot", async () => {
  const asked = serve();
  const onAsk = show({ user: ADA, permission: "users.write" });
  await userEvent.click(await screen.findByText("More about the object"));
  const add = () => userEvent.click(screen.getByRole("button", { name: "Add an attribute" }));
  for (const _ of [1, 2, 3]) await add();
  const [region, size, secret] = [1, 2, 3].map((number) =>
    within(screen.getByRole("group", { name: `Attribute ${number}` })),
  ) as [Group, Group, Group];
  await userEvent.type(region.getByLabelText("Name"), "region");
  await userEvent.type(region.getByLabelText("Value"), "eu");
  await userEvent.type(size.getByLabelText("Name"), "region");
  await userEvent.selectOptions(size.getByLabelText("Kind"), "Number");
  await userEvent.type(size.getByLabelText("Value"), "three");
  await userEvent.type(secret.getByLabelText("Name"), "1st");
  await userEvent.selectOptions(secret.getByLabelText("Kind"), "Yes or no");
  const ask = () => userEvent.click(screen.getByRole("button", { name: "Ask with these" }));
  await ask();
  expect(size.getByText("Another one is called so.")).toBeTruthy();
  expect(size.getByText("This is no number.")).toBeTruthy();
  expect(secret.getByText(/^Letters a to z, digits and _ alone/)).toBeTruthy();
  expect(region.getByLabelText("Name").getAttribute("aria-invalid")).toBeNull();
  expect(onAsk).not.toHaveBeenCalled();
  await userEvent.clear(size.getByLabelText("Name"));
  await userEvent.type(size.getByLabelText("Name"), "size");
  await userEvent.clear(size.getByLabelText("Value"));
  await userEvent.type(size.getByLabelText("Value"), "3.5");
  await userEvent.clear(secret.getByLabelText("Name"));
  await userEvent.type(secret.getByLabelText("Name"), "secret");
  await userEvent.selectOptions(secret.getByLabelText("Value"), "No");
  await ask();
  expect(onAsk.mock.lastCall?.[0]).toMatchObject({ attributes: { region: "eu", size: 3.5, secret: false } });
  expect(asked).toEqual([{ user_id: ADA, permission: "users.write" }]);
});

it("asks with the attributes of its address, and shows them", async () => {
  const asked = serve();
  const attributes = { region: "eu", secret: true };
  const onAsk = show({ user: ADA, permission: "users.write", attributes });
  const region = within(await screen.findByRole("group", { name: "Attribute 1" }));
  expect((region.getByLabelText("Value") as HTMLInputElement).value).toBe("eu");
  await screen.findByRole("region", { name: "The answer" });
  expect(asked).toEqual([{ user_id: ADA, permission: "users.write", attributes }]);
  for (const number of [2, 1]) {
    await userEvent.click(screen.getByRole("button", { name: `Remove attribute ${number}` }));
  }
  await userEvent.click(screen.getByRole("button", { name: "Ask with these" }));
  expect(onAsk.mock.lastCall?.[0]).toMatchObject({ user: ADA, attributes: undefined });
});

it("reads the address, and leaves out what it says wrongly", () => {
  expect(readRolesSearch({ view: "check", user: ADA, permission: "a.b", organisation: "x", owner: 7 })).toEqual({
    view: "check",
    user: ADA,
    permission: "a.b",
  });
  expect(readRolesSearch({ view: "matrix", permission: "a.b" })).toEqual({ view: "matrix" });
  expect(readRolesSearch({ view: "who", permission: "a.b", user: ADA })).toEqual({ view: "who", permission: "a.b" });
  expect(readRolesSearch({ view: "list" })).toEqual({});
  expect(readRolesSearch({ view: "check", organisation: ACME, team: MILL })).toEqual({
    view: "check",
    organisation: ACME,
    team: MILL,
  });
  expect(readRolesSearch({ view: "check", team: MILL })).toEqual({ view: "check" });
  const attributes = { region: "eu", size: 3, "no-name": 1, list: ["a"], gone: null, long: "x".repeat(256) };
  expect(readRolesSearch({ view: "check", attributes })).toEqual({
    view: "check",
    attributes: { region: "eu", size: 3 },
  });
  const many = Object.fromEntries([...Array(40).keys()].map((number) => [`a${number}`, number]));
  expect(Object.keys(readRolesSearch({ view: "check", attributes: many }).attributes ?? {})).toHaveLength(32);
  expect(readRolesSearch({ view: "check", attributes: "eu" })).toEqual({ view: "check" });
});
