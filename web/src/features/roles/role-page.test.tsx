import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { RolePage } from "./role-page";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const role = (name: string, parent: string | null, own: string[], permissions: string[]) => ({
  id: name,
  name,
  display_name: name,
  description: null,
  level: 30,
  is_system: name !== "desk",
  organisation_id: null,
  parent,
  own_permissions: own,
  permissions,
  version: 4,
});
const user = role("user", null, ["profile.read"], ["profile.read"]);
const desk = role("desk", "user", ["users.read"], ["profile.read", "users.read"]);
const permission = (name: string) => {
  const [resource, action] = name.split(".");
  return { id: name, name, display_name: `May ${name}`, resource, action };
};

/** Answers as the server does to somebody with these permissions; gives what was changed. */
function serve(...permissions: string[]) {
  const changed: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "PATCH") {
      changed.push([pathname, request.headers.get("if-match"), await request.json()]);
      return Response.json(desk);
    }
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (pathname === "/api/v1/roles") return Response.json({ items: [desk, user] });
    if (pathname === "/api/v1/permissions") {
      return Response.json({ items: ["profile.read", "users.read", "users.write"].map(permission) });
    }
    return Response.json({ role: desk, holders: 2, touches: 12, children: [] });
  });
  showPage(RolePage, "/_console/roles_/$role");
  return changed;
}

const box = (name: string) => screen.findByRole<HTMLInputElement>("checkbox", { name: new RegExp(`^${name}`) });

it("stages what is ticked, says whom it touches, and saves it together for the version that was seen", async () => {
  const changed = serve("roles.read", "roles.write");
  expect((await box("users.read")).checked).toBe(true);
  await userEvent.click(await box("users.write"));
  await userEvent.click(await box("users.read"));
  const staged = await screen.findByRole("region", { name: "What is to be changed" });
  expect(
    within(staged)
      .getAllByRole("listitem")
      .map((item) => item.textContent),
  ).toEqual(["users.write", "users.read"]);
  expect(staged.textContent).toContain("12 people");
  expect(changed).toEqual([]);
  await userEvent.click(within(staged).getByRole("button", { name: "Save…" }));
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(changed).toEqual([["/api/v1/roles/desk", '"4"', { permissions: ["users.write"] }]]));
});

it("forgets what was staged when it is discarded, or ticked back", async () => {
  serve("roles.read", "roles.write");
  await userEvent.click(await box("users.write"));
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  expect((await box("users.write")).checked).toBe(false);
  await userEvent.click(await box("users.write"));
  await userEvent.click(await box("users.write"));
  expect(screen.queryByRole("region", { name: "What is to be changed" })).toBeNull();
});

it("shows what is inherited, and lets nobody change it who may not", async () => {
  serve("roles.read");
  const inherited = await box("profile.read");
  expect(inherited.indeterminate).toBe(true);
  expect(inherited.disabled).toBe(true);
  expect(screen.getByText(/inherited from user/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Edit…" })).toBeNull();
});

it("keeps what is staged where somebody else has changed the role meanwhile, and what they have made of it", async () => {
  const changed: unknown[] = [];
  let now = desk;
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "PATCH") {
      const seen = request.headers.get("if-match");
      changed.push([seen, await request.json()]);
      if (seen === `"${now.version}"`) return Response.json(now);
      const problem = { type: "urn:orion:problem:precondition-failed", title: "changed", status: 412 };
      const headers = { "content-type": "application/problem+json" };
      return new Response(JSON.stringify(problem), { status: 412, headers });
    }
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions: ["roles.write"] });
    if (pathname === "/api/v1/roles") return Response.json({ items: [now, user] });
    if (pathname === "/api/v1/permissions") {
      return Response.json({ items: ["keys.read", "users.read", "users.write"].map(permission) });
    }
    return Response.json({ role: now, holders: 2, touches: 12, children: [] });
  });
  showPage(RolePage, "/_console/roles_/$role");
  await userEvent.click(await box("users.write"));
  now = { ...desk, own_permissions: ["keys.read"], version: 5 };
  await userEvent.click(screen.getByRole("button", { name: "Save…" }));
  const question = within(await screen.findByRole("alertdialog"));
  await userEvent.click(question.getByRole("button", { name: "Save" }));
  expect(await question.findByText("It was changed in the meantime")).toBeTruthy();
  // Behind the question.
  const isTicked = (name: string) =>
    screen.getByRole<HTMLInputElement>("checkbox", { name: new RegExp(`^${name}`), hidden: true }).checked;
  await vi.waitFor(() => expect(["keys.read", "users.read", "users.write"].map(isTicked)).toEqual([true, false, true]));
  await userEvent.click(question.getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(changed).toHaveLength(2));
  expect(changed).toEqual([
    ['"4"', { permissions: ["users.read", "users.write"] }],
    ['"5"', { permissions: ["keys.read", "users.write"] }],
  ]);
});

it("is not called nothing", async () => {
  const changed = serve("roles.read", "roles.write");
  await userEvent.click(await screen.findByRole("button", { name: "Edit…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "The role desk" }));
  await userEvent.clear(dialog.getByLabelText("Name to show"));
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  expect(await dialog.findByText("The name is missing.")).toBeTruthy();
  expect(changed).toEqual([]);
  await userEvent.type(dialog.getByLabelText("Name to show"), "Desk");
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(changed).toEqual([["/api/v1/roles/desk", '"4"', { display_name: "Desk" }]]));
});
