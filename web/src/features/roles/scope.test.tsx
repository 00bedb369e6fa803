import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { PermissionInfo, Role } from "@/api/schema";
import { showPage } from "@/lib/show-page";
import { CreateRoleDialog } from "./create-role";
import { EditRoleDialog } from "./edit-role";
import { PermissionMatrix } from "./permission-matrix";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const role = (name: string, scope: Role["scope"], more: Partial<Role> = {}): Role => ({
  id: name,
  name,
  display_name: name,
  description: null,
  level: 10,
  scope,
  is_system: true,
  organisation_id: null,
  parent: null,
  own_permissions: [],
  permissions: [],
  version: 1,
  ...more,
});
const roles = [role("user", "global"), role("moderator", "global"), role("organisation_member", "org")];

/** Answers as the server does; gives what was made. */
function serve() {
  const made: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method !== "POST") return Response.json({ user_id: "1", permissions: [], items: [] });
    made.push(await request.json());
    return Response.json(role("editor", "org"), { status: 201 });
  });
  return made;
}

const parents = () => [...screen.getByLabelText<HTMLSelectElement>("Inherits from").options].map(({ value }) => value);

it("of a new role is chosen, and leaves those to inherit from that have the same", async () => {
  const made = serve();
  showPage(() => <CreateRoleDialog roles={roles} open onClose={vi.fn()} />, "/roles");
  await screen.findByLabelText("Where it is held");
  expect(parents()).toEqual(["", "user", "moderator"]);
  await userEvent.selectOptions(screen.getByLabelText("Where it is held"), "Inside organisations");
  expect(parents()).toEqual(["", "organisation_member"]);
  expect(screen.getByText(/By members of an organisation/)).toBeTruthy();
  for (const [scope, hint] of [
    ["In a team", /what is that team's/],
    ["For one's own things", /no power over others/],
  ] as const) {
    await userEvent.selectOptions(screen.getByLabelText("Where it is held"), scope);
    expect(parents()).toEqual([""]);
    expect(screen.getByText(hint)).toBeTruthy();
  }
  await userEvent.selectOptions(screen.getByLabelText("Where it is held"), "Inside organisations");
  await userEvent.type(screen.getByLabelText("Name"), "editor");
  await userEvent.click(screen.getByRole("button", { name: "Make the role" }));
  await vi.waitFor(() => expect(made).toHaveLength(1));
  expect(made[0]).toMatchObject({ name: "editor", scope: "org", parent: "organisation_member" });
});

it("of a role that is held everywhere is left to the server", async () => {
  const made = serve();
  showPage(() => <CreateRoleDialog roles={roles} open onClose={vi.fn()} />, "/roles");
  await userEvent.click(await screen.findByRole("button", { name: "Make the role" }));
  expect(screen.getByText("The name is missing.")).toBeTruthy();
  await userEvent.type(screen.getByLabelText("Name"), "desk");
  await userEvent.click(screen.getByRole("button", { name: "Make the role" }));
  await vi.waitFor(() => expect(made).toHaveLength(1));
  expect(made[0]).not.toHaveProperty("scope");
});

it("stays when a role is changed, and with it those that it may inherit from", async () => {
  serve();
  const editor = role("editor", "org", { is_system: false });
  showPage(() => <EditRoleDialog role={editor} roles={[...roles, editor]} open onClose={vi.fn()} />, "/roles");
  await screen.findByLabelText("Inherits from");
  expect(parents()).toEqual(["", "organisation_member"]);
  expect(screen.queryByLabelText("Where it is held")).toBeNull();
});

it("is marked in the matrix where it does not hold for everything", async () => {
  const permissions = [{ id: "p", name: "users.read", display_name: "Read", resource: "users", action: "read" }];
  showPage(
    () => <PermissionMatrix roles={[...roles, role("own", "user")]} permissions={permissions as PermissionInfo[]} />,
    "/roles",
  );
  const head = await screen.findByRole("columnheader", { name: /^organisation_member/ });
  expect(within(head).getByText("Inside organisations")).toBeTruthy();
  expect(screen.getAllByText("Inside organisations")).toHaveLength(1);
  expect(screen.getByText("For one's own things")).toBeTruthy();
});
