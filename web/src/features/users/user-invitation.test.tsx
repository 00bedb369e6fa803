import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { User } from "@/api/schema";
import { showPage } from "@/lib/show-page";
import { UserInvitation } from "./user-invitation";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const ADA = { id: "7", email: "ada@example.org", display_name: "Ada", status: "pending_verification" } as User;

/** Answers as the server does to somebody with these permissions about an invitation; gives what was ordered. */
function serve(withdrawn_at: string | null, ...permissions: string[]) {
  const ordered: string[] = [];
  const promised = ["desk", "moderator"];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (pathname === "/api/v1/roles") {
      const role = { id: "d", name: "desk", display_name: "Front desk", scope: "global", permissions: [] };
      return Response.json({ items: [role] });
    }
    if (request.method !== "GET") {
      ordered.push(`${request.method} ${pathname}`);
      promised.splice(promised.indexOf(pathname.split("/").at(-1) ?? ""), 1);
      return new Response(null, { status: 204 });
    }
    const at = "2030-01-01T12:00:00Z";
    return Response.json({ sent_at: at, expires_at: "2030-01-08T12:00:00Z", withdrawn_at, roles: promised });
  });
  showPage(() => <UserInvitation user={ADA} />, "/users");
  return ordered;
}

const promised = async () => {
  const list = within(await screen.findByRole("list", { name: "Promised roles" }));
  return list.getAllByRole("listitem").map(({ textContent }) => textContent);
};

it("takes a promised role back, once that is confirmed", async () => {
  const ordered = serve(null, "users.read", "users.write", "roles.read", "roles.assign");
  await screen.findByRole("link", { name: "Front desk" });
  expect(await promised()).toEqual(["Front deskdeskTake back…", "ModeratormoderatorTake back…"]);
  await userEvent.click(screen.getByRole("button", { name: "Take back: Front desk" }));
  const question = within(await screen.findByRole("alertdialog", { name: "Promise Ada the role Front desk no more?" }));
  expect(ordered).toEqual([]);
  await userEvent.click(question.getByRole("button", { name: "Take back" }));
  await vi.waitFor(() => expect(ordered).toEqual(["DELETE /api/v1/users/7/roles/desk"]));
  await vi.waitFor(async () => expect(await promised()).toEqual(["ModeratormoderatorTake back…"]));
});

it("offers each to those who may alone", async () => {
  serve(null, "users.read", "users.write");
  expect(await promised()).toEqual(["desk", "Moderatormoderator"]);
  expect(screen.getByRole("button", { name: "Mail it again…" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: /Take back/ })).toBeNull();
  cleanup();
  serve(null, "users.read", "roles.assign");
  expect(await screen.findByRole("button", { name: "Take back: Moderator" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: /Mail it|Withdraw/ })).toBeNull();
});

it("shows what a withdrawn one would promise again", async () => {
  serve("2030-01-02T12:00:00Z", "users.read", "users.write", "roles.assign");
  expect(await screen.findByText("Roles that are promised again if it is mailed again")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Take back: Moderator" })).toBeTruthy();
});
