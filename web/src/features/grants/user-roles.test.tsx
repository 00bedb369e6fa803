import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { User } from "@/api/schema";
import { subjectOfUser } from "@/features/directory/subject";
import { showPage } from "@/lib/show-page";
import { UserRoles } from "./user-roles";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  refusal = undefined;
});

const ADA = { id: "7", email: "ada@example.org", display_name: "Ada", status: "active" } as User;
const held = (
  role: string,
  display_name: string,
  expires_at: string | null,
  organisation_id: string | null = null,
  condition: string | null = null,
) => ({
  role,
  display_name,
  organisation_id,
  expires_at,
  condition,
  assigned_by: null,
  assigned_at: "2030-01-01T12:00:00Z",
});

/** What is refused of what is ordered, where something is. */
let refusal: object | undefined;

/** Answers as the server does to somebody with these permissions; gives what was ordered. */
function serve(...permissions: string[]) {
  const ordered: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (pathname === "/api/v1/roles") {
      const role = (name: string, display_name: string) => ({
        id: name,
        name,
        display_name,
        scope: "global",
        permissions: [],
      });
      return Response.json({ items: [role("guest", "Guest"), role("moderator", "Moderator")] });
    }
    if (request.method !== "GET") {
      ordered.push([request.method, pathname, await request.json().catch(() => null)]);
      if (refusal) {
        const headers = { "content-type": "application/problem+json" };
        return new Response(JSON.stringify(refusal), { status: 403, headers });
      }
      return new Response(null, { status: 204 });
    }
    if (pathname === "/api/v1/organisations/o1") return Response.json({ id: "o1", name: "Acme" });
    const items = [
      held("editor", "Editor", "2020-01-01T12:00:00Z"),
      held("keeper", "Keeper", null, "o1"),
      held("user", "User", null),
      held("watch", "Watch", null, null, "request.mfa"),
      held("guest", "Guest", null),
    ];
    return Response.json({ items });
  });
  return ordered;
}

it("shows what is held, where, and what has ended", async () => {
  serve("roles.read", "organisations.read");
  showPage(() => <UserRoles subject={subjectOfUser(ADA)} />, "/users");
  await screen.findByRole("link", { name: "Acme" });
  const items = (await screen.findAllByRole("listitem")).map(({ textContent }) => textContent);
  expect(items[0]).toMatch(/^Editoreditor · Ended: /);
  expect(items[1]).toBe("Keeperkeeper · For good · for the organisation Acme alone");
  expect(items[2]).toBe("Useruser · For good");
  expect(items[3]).toBe("Watchwatch · For goodOnly while request.mfa");
  expect(screen.queryByRole("button")).toBeNull();
});

it("gives a role and takes one away", async () => {
  const ordered = serve("roles.read", "roles.assign");
  showPage(() => <UserRoles subject={subjectOfUser(ADA)} />, "/users");
  await userEvent.click(await screen.findByRole("button", { name: "Give a role…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  expect(await dialog.findByText("Choose one.")).toBeTruthy();
  await dialog.findByRole("option", { name: "Moderator" });
  expect(dialog.queryByRole("option", { name: "Guest" })).toBeNull();
  await userEvent.selectOptions(dialog.getByLabelText("Role"), "moderator");
  await userEvent.type(dialog.getByLabelText("Condition"), "request.mfa");
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  const order = { condition: "request.mfa" };
  await vi.waitFor(() => expect(ordered).toEqual([["PUT", "/api/v1/users/7/roles/moderator", order]]));
  await userEvent.click(await screen.findByRole("button", { name: "Take away: User" }));
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Take away" }));
  await vi.waitFor(() => expect(ordered[1]).toEqual(["DELETE", "/api/v1/users/7/roles/user", null]));
  expect(screen.queryByRole("button", { name: "Take away: Keeper" })).toBeNull();
});

it("says of a refusal who can do it, and keeps what was chosen", async () => {
  refusal = {
    type: "urn:orion:problem:permission-denied",
    title: "no",
    status: 403,
    detail: "This role is above your own.",
  };
  serve("roles.read", "roles.assign", "users.read");
  showPage(() => <UserRoles subject={subjectOfUser(ADA)} />, "/users");
  await userEvent.click(await screen.findByRole("button", { name: "Give a role…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await dialog.findByRole("option", { name: "Moderator" });
  await userEvent.selectOptions(dialog.getByLabelText("Role"), "moderator");
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  const notice = within(await dialog.findByRole("alert"));
  expect(notice.getByText("This role is above your own.")).toBeTruthy();
  expect(notice.getByRole("link").getAttribute("href")).toBe("/roles?view=who&permission=roles.assign");
  expect((dialog.getByLabelText("Role") as HTMLSelectElement).value).toBe("moderator");
});

it("offers neither to take guest away nor to give something to who is pending", async () => {
  serve("roles.read", "roles.assign");
  showPage(() => <UserRoles subject={subjectOfUser({ ...ADA, status: "pending_verification" })} />, "/users");
  expect(await screen.findByRole("button", { name: "Take away: User" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Take away: Guest" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Give a role…" })).toBeNull();
});
