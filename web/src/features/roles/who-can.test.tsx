import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { PermissionInfo } from "@/api/schema";
import { showPage } from "@/lib/show-page";
import { WhoCan } from "./who-can";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const permissions = [{ id: "1", name: "users.read", display_name: "Find users" }] as PermissionInfo[];
const who = (user_id: string, role: string) => ({
  user_id,
  email: `${user_id}@example.org`,
  decision: { permission: "users.read", allowed: true, reason: "role", role, inherited_from: null },
});

it("lists who may do what is chosen, page by page, with why", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { searchParams } = new URL(request.url);
    asked.push(searchParams.get("permission") ?? "");
    return searchParams.has("cursor")
      ? Response.json({ items: [who("grace", "moderator")] })
      : Response.json({ items: [who("ada", "admin")], next_cursor: "more" });
  });
  showPage(() => <WhoCan permissions={permissions} permission="users.read" onChange={() => {}} />, "/roles");
  // A name is the same in every language, and looks so.
  const role = await screen.findByText("admin", { selector: "code" });
  expect(role.closest("li")?.textContent).toContain("by the role admin");
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  expect((await screen.findByText("grace@example.org")).getAttribute("href")).toBe("/users/grace");
  expect(asked).toEqual(["users.read", "users.read"]);
});

it("says which permission was chosen", async () => {
  const onChange = vi.fn();
  showPage(() => <WhoCan permissions={permissions} permission={undefined} onChange={onChange} />, "/roles");
  await userEvent.selectOptions(await screen.findByLabelText("Who may do this?"), "users.read");
  expect(onChange).toHaveBeenCalledWith("users.read");
});

it("tells a program among them by its name, and leads to its own page", async () => {
  const held = ["users.read", "roles.read", "service-accounts.read"];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions: held });
    if (pathname === "/api/v1/service-accounts") return Response.json({ items: [{ id: "robot", name: "Warehouse" }] });
    return Response.json({ items: [{ ...who("robot", "moderator"), email: "robot@service-accounts.invalid" }] });
  });
  showPage(() => <WhoCan permissions={permissions} permission="users.read" onChange={() => {}} />, "/roles");
  const link = await screen.findByRole("link", { name: "Warehouse" });
  expect(link.getAttribute("href")).toBe("/api-keys/service-accounts/robot");
  expect(screen.queryByText(/service-accounts\.invalid/)).toBeNull();
});
