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
  expect(screen.getByRole("listitem").textContent).toMatch(/organisation_member · since .*2030/);
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
