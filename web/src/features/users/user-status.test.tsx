import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { User } from "@/api/schema";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { UserStatus } from "./user-status";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.mocked(notify).mockClear();
});

const user = {
  id: "7",
  email: "ada@example.org",
  display_name: "Ada Lovelace",
  status: "active",
  status_reason: null,
  deleted_at: null,
  version: 3,
} as User;

/** Shows it of this user; gives what was ordered. */
function serve(shown: User) {
  const asked: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method === "GET") return Response.json({ user_id: "1", permissions: ["users.write"] });
    asked.push([request.method, new URL(request.url).pathname, request.headers.get("if-match"), await request.json()]);
    return Response.json(shown);
  });
  showPage(() => <UserStatus user={shown} />, "/users");
  return asked;
}

const names = async () => {
  await screen.findByText("Status");
  return screen.queryAllByRole("button").map((button) => button.textContent);
};

it("is changed after a question with a reason, and told", async () => {
  const asked = serve(user);
  await userEvent.click(await screen.findByRole("button", { name: "Suspend…" }));
  const question = await screen.findByRole("alertdialog", { name: "Suspend: Ada Lovelace?" });
  await userEvent.click(within(question).getByRole("button", { name: "Suspend" }));
  expect(asked).toEqual([]);
  await userEvent.type(within(question).getByRole("textbox"), "Sends spam{Enter}");
  await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  expect(asked).toEqual([["PUT", "/api/v1/users/7/status", '"3"', { status: "suspended", reason: "Sends spam" }]]);
  expect(vi.mocked(notify).mock.calls).toEqual([[{ type: "success", title: "The user is suspended" }]]);
});

it("offers what can come next, and says why it is so", async () => {
  serve(user);
  expect(await names()).toEqual(["Suspend…", "Deactivate…", "Delete…"]);
  cleanup();
  serve({ ...user, status: "suspended", status_reason: "Sends spam" });
  expect(await names()).toEqual(["Bring back…", "Deactivate…", "Delete…"]);
  expect(screen.getByText("The reason: Sends spam")).toBeTruthy();
  cleanup();
  serve({ ...user, status: "pending_verification" });
  expect(await names(), "nobody has proven to be them yet").toEqual(["Delete…"]);
  cleanup();
  serve({ ...user, status: "deleted", status_reason: "Asked for it", deleted_at: "2030-01-01T12:00:00Z" });
  expect(await names()).toEqual(["Bring back…"]);
  expect(screen.getByText(/^Deleted on .*: Asked for it$/)).toBeTruthy();
});

it("offers nobody to end their own account", async () => {
  serve({ ...user, id: "1" });
  expect(await screen.findByText("Nobody changes their own status. Another administrator can.")).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
});

it("says of who is pending what they are until their address is verified", async () => {
  serve({ ...user, status: "pending_verification" });
  expect(await screen.findByText(/not verified yet/)).toBeTruthy();
  expect(screen.queryByText(/Nothing stands in the way/)).toBeNull();
});
