import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { User } from "@/api/schema";
import { subjectOfUser } from "@/features/directory/subject";
import { showPage } from "@/lib/show-page";
import { UserDecisions } from "./user-decisions";
import { UserPermissions } from "./user-permissions";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const ADA = { id: "7", email: "ada@example.org", display_name: "Ada" } as User;
const held = (permission: string, effect: string, expires_at: string | null, condition: string | null = null) => ({
  permission,
  effect,
  organisation_id: null,
  expires_at,
  condition,
  ordered_by: null,
  ordered_at: "2030-01-01T12:00:00Z",
});
const permission = (name: string) => ({
  id: name,
  name,
  display_name: `May ${name}`,
  resource: "users",
  action: "read",
});
const decision = (
  name: string,
  allowed: boolean,
  reason: string,
  role: string | null,
  inherited_from: string | null,
) => ({
  permission: name,
  organisation_id: null,
  allowed,
  reason,
  role,
  inherited_from,
});

/** Answers as the server does to somebody with these permissions; gives what was ordered. */
function serve(...permissions: string[]) {
  const ordered: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (pathname === "/api/v1/permissions") {
      return Response.json({ items: ["users.read", "users.write", "audit.read"].map(permission) });
    }
    if (pathname === "/api/v1/roles") {
      return Response.json({ items: [{ id: "r", name: "admin", permissions: ["users.write"] }] });
    }
    if (pathname === "/api/v1/authz/check") {
      const items = [
        decision("users.read", true, "role", "desk", "moderator"),
        decision("users.write", false, "denied", null, null),
        decision("audit.read", true, "direct", null, null),
      ];
      return Response.json({ items });
    }
    if (request.method !== "GET") {
      ordered.push([request.method, pathname + search, await request.json().catch(() => null)]);
      return new Response(null, { status: 204 });
    }
    const items = [
      held("audit.read", "grant", "2020-01-01T12:00:00Z"),
      held("users.write", "denial", null, "request.mfa"),
    ];
    return Response.json({ items });
  });
  return ordered;
}

it("shows what is given and denied, and what has ended", async () => {
  serve("roles.read");
  showPage(() => <UserPermissions subject={subjectOfUser(ADA)} />, "/users");
  const items = (await screen.findAllByRole("listitem")).map(({ textContent }) => textContent);
  expect(items[0]).toMatch(/^Givenaudit\.readEnded: /);
  expect(items[1]).toBe("Deniedusers.writeFor goodOnly while request.mfa");
  expect(screen.queryByRole("button")).toBeNull();
});

it("denies a permission, and takes away what stands there", async () => {
  const ordered = serve("roles.read", "roles.assign");
  showPage(() => <UserPermissions subject={subjectOfUser(ADA)} />, "/users");
  await userEvent.click(await screen.findByRole("button", { name: "Deny a permission…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Deny" }));
  expect(await dialog.findByText("Choose one.")).toBeTruthy();
  await dialog.findByRole("option", { name: "users.read" });
  await userEvent.selectOptions(dialog.getByLabelText("Permission"), "users.read");
  await userEvent.type(dialog.getByLabelText("Condition"), " request.auth_age > 60 ");
  await userEvent.click(dialog.getByRole("button", { name: "Deny" }));
  await vi.waitFor(() =>
    expect(ordered).toEqual([
      ["PUT", "/api/v1/users/7/permissions/users.read", { effect: "denial", condition: "request.auth_age > 60" }],
    ]),
  );
  await userEvent.click(await screen.findByRole("button", { name: "Take away: users.write" }));
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Take away" }));
  await vi.waitFor(() => expect(ordered[1]).toEqual(["DELETE", "/api/v1/users/7/permissions/users.write", null]));
});

it("says what somebody may do and why, and which roles would give what they may not", async () => {
  serve("roles.read");
  showPage(() => <UserDecisions subject={subjectOfUser(ADA)} />, "/users");
  const lineOf = async (role: string) =>
    (await screen.findByText(role, { selector: "code" })).closest("li")?.textContent;
  expect(await lineOf("desk")).toContain("by the role desk, which inherits it from moderator");
  expect(screen.getByText("given by itself").textContent).toBe("given by itself · Why?");
  expect(await lineOf("admin")).toMatch(/denied, whatever gives it.*the roles that give it: admin/);
});
