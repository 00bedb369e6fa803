import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { User } from "@/api/schema";
import { UserOrganisations } from "@/features/users/user-organisations";
import { showPage } from "@/lib/show-page";
import { OwnInvitations } from "./own-invitations";
import { OwnOrganisations } from "./own-organisations";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const membership = (id: string, name: string) => ({
  organisation: { id, name, slug: id, description: null },
  roles: ["organisation_member"],
  joined_at: "2030-01-01T12:00:00Z",
});
const invitation = (id: string, organisation_name: string) => ({
  id,
  organisation_id: "o1",
  organisation_name,
  email: "ada@example.org",
  roles: ["organisation_admin"],
  invited_by: "1",
  sent_at: "2030-01-01T12:00:00Z",
  expires_at: "2130-01-01T12:00:00Z",
});

/** Answers as the server does; gives what was asked besides reading. */
function serve(items: object[], permissions: string[] = [], refusal?: object) {
  const ordered: string[] = [];
  const read: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (request.method === "GET") {
      read.push(pathname);
      return Response.json({ items });
    }
    ordered.push(`${request.method} ${pathname}`);
    if (!refusal) return new Response(null, { status: 204 });
    const headers = { "content-type": "application/problem+json" };
    return new Response(
      JSON.stringify({ type: "urn:orion:problem:conflict", title: "Conflict", status: 409, ...refusal }),
      {
        status: 409,
        headers,
      },
    );
  });
  return { ordered, read };
}

it("of a user lead to the organisations", async () => {
  const { read } = serve([membership("o1", "Engines")], ["organisations.read"]);
  showPage(() => <UserOrganisations user={{ id: "7" } as User} />, "/users");
  expect((await screen.findByRole("link", { name: "Engines" })).getAttribute("href")).toBe("/organisations/o1");
  expect(screen.getByRole("listitem").textContent).toMatch(/Organisation member · since .*2030/);
  expect(read).toEqual(["/api/v1/users/7/organisations"]);
});

it("of one's own are left after a question, and lead nowhere for who may not see organisations", async () => {
  const { ordered } = serve([membership("o1", "Engines")]);
  showPage(() => <OwnOrganisations mayOrder />, "/account");
  expect(await screen.findByText("Engines")).toBeTruthy();
  expect(screen.queryByRole("link")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Leave: Engines" }));
  const question = within(await screen.findByRole("alertdialog", { name: "Leave Engines?" }));
  expect(ordered).toEqual([]);
  await userEvent.click(question.getByRole("button", { name: "Leave" }));
  await vi.waitFor(() => expect(ordered).toEqual(["DELETE /api/v1/users/me/organisations/o1"]));
});

const MAY_HAND_OVER = ["organisations.read", "organisations.delete"];
const owned = { ...membership("o1", "Engines"), roles: ["organisation_member", "organisation_owner"] };
const member = (user_id: string, role: string, more: object = {}) => ({
  user_id,
  email: `${user_id}@example.org`,
  display_name: null,
  status: "active",
  is_service_account: false,
  roles: [{ role, expires_at: null }],
  joined_at: "2030-01-01T12:00:00Z",
  ...more,
});

/** Answers as the server does to somebody, who is called 1, and owns an organisation with these members. */
function serveOwner(members: object[], permissions = MAY_HAND_OVER, refused: string[] = []) {
  const ordered: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (request.method === "GET") return Response.json({ items: pathname.endsWith("/members") ? members : [owned] });
    ordered.push([`${request.method} ${pathname}`, await request.json().catch(() => null)]);
    if (!refused.includes(request.method)) return new Response(null, { status: 204 });
    return new Response(
      JSON.stringify({ type: "urn:orion:problem:conflict", title: "No", status: 409, detail: "Not now." }),
      {
        status: 409,
        headers: { "content-type": "application/problem+json" },
      },
    );
  });
  showPage(() => <OwnOrganisations mayOrder />, "/account");
  return ordered;
}

it("are handed over and left by their only owner, who is told that somebody has to own them", async () => {
  const others = [
    member("1", "organisation_owner"),
    member("bob", "organisation_admin"),
    member("robot", "organisation_admin", { is_service_account: true }),
    member("eve", "organisation_admin", { status: "suspended" }),
  ];
  const ordered = serveOwner(others);
  await userEvent.click(await screen.findByRole("button", { name: "Leave: Engines" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Hand Engines over and leave?" }));
  expect(dialog.getByText(/You are its only owner, and somebody has to own it/)).toBeTruthy();
  const choices = await dialog.findAllByRole("radio");
  expect(choices.map((choice) => choice.closest("label")?.textContent)).toEqual(["bob@example.org"]);
  await userEvent.click(dialog.getByRole("button", { name: "Hand over and leave" }));
  expect(await dialog.findByText("Choose somebody.")).toBeTruthy();
  expect(ordered).toEqual([]);
  await userEvent.click(dialog.getByRole("radio", { name: "bob@example.org" }));
  await userEvent.click(dialog.getByRole("button", { name: "Hand over and leave" }));
  await vi.waitFor(() =>
    expect(ordered).toEqual([
      ["POST /api/v1/organisations/o1/transfer", { user_id: "bob" }],
      ["DELETE /api/v1/users/me/organisations/o1", null],
    ]),
  );
});

it("are handed over once, where leaving is refused after it", async () => {
  const ordered = serveOwner([member("1", "organisation_owner"), member("bob", "organisation_admin")], MAY_HAND_OVER, [
    "DELETE",
  ]);
  await userEvent.click(await screen.findByRole("button", { name: "Leave: Engines" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Hand Engines over and leave?" }));
  await userEvent.click(await dialog.findByRole("radio", { name: "bob@example.org" }));
  await userEvent.click(dialog.getByRole("button", { name: "Hand over and leave" }));
  expect(await dialog.findByText("Not now.")).toBeTruthy();
  await userEvent.click(dialog.getByRole("button", { name: "Hand over and leave" }));
  await vi.waitFor(() => expect(ordered).toHaveLength(3));
  expect(ordered.map((one) => String(one).split(" ")[0])).toEqual(["POST", "DELETE", "DELETE"]);
});

it("are left at once by an owner where another one stays", async () => {
  serveOwner([member("1", "organisation_owner"), member("bob", "organisation_owner")]);
  await userEvent.click(await screen.findByRole("button", { name: "Leave: Engines" }));
  expect(await screen.findByRole("alertdialog", { name: "Leave Engines?" })).toBeTruthy();
});

it("are not offered to be handed over by who may not, who is told how it is done", async () => {
  serveOwner([], []);
  await userEvent.click(await screen.findByRole("button", { name: "Leave: Engines" }));
  const question = within(await screen.findByRole("alertdialog", { name: "Leave Engines?" }));
  expect(question.getByText("orion organisation transfer o1 …")).toBeTruthy();
});

it("are not spoken of where there are none, and not left by who acts as their owner", async () => {
  serve([]);
  showPage(() => <OwnOrganisations mayOrder />, "/account");
  await vi.waitFor(() => expect(screen.queryByRole("heading", { name: "Organisations" })).toBeNull());
  cleanup();
  serve([membership("o1", "Engines")]);
  showPage(() => <OwnOrganisations mayOrder={false} />, "/account");
  expect(await screen.findByText("Engines")).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
});

it("begin with an invitation that is accepted, or declined after a question", async () => {
  const { ordered } = serve([invitation("i1", "Engines"), invitation("i2", "Looms")]);
  showPage(() => <OwnInvitations mayOrder />, "/account");
  await userEvent.click(await screen.findByRole("button", { name: "Accept: Engines" }));
  await userEvent.click(screen.getByRole("button", { name: "Decline: Looms" }));
  const question = within(await screen.findByRole("alertdialog", { name: "Decline the invitation to Looms?" }));
  await userEvent.click(question.getByRole("button", { name: "Decline" }));
  await vi.waitFor(() =>
    expect(ordered).toEqual([
      "POST /api/v1/users/me/organisation-invitations/i1",
      "DELETE /api/v1/users/me/organisation-invitations/i2",
    ]),
  );
});

it("say why an invitation cannot be accepted any more", async () => {
  serve([invitation("i1", "Engines")], [], { detail: "Whoever invited you may not invite any more." });
  showPage(() => <OwnInvitations mayOrder />, "/account");
  await userEvent.click(await screen.findByRole("button", { name: "Accept: Engines" }));
  expect(await screen.findByText("Whoever invited you may not invite any more.")).toBeTruthy();
});
