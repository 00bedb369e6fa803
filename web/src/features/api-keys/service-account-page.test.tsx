import { cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { ServiceAccountPage } from "./service-account-page";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const ALL = ["service-accounts.read", "service-accounts.write", "roles.read", "roles.assign", "api-keys.read"];

/** What somebody else makes of the account. */
let change: (by: object) => void = () => {};

/** Answers as the server does to somebody with these permissions; gives what was ordered. */
function serve(permissions: string[], status = 200) {
  const ordered: unknown[] = [];
  let account = {
    id: "one",
    name: "Warehouse",
    description: "Books what comes in." as string | null,
    organisation_id: null,
    is_active: true,
    roles: [],
    created_at: "2030-01-01T12:00:00Z",
    updated_at: "2030-01-01T12:00:00Z",
    version: 2,
  };
  change = (by) => {
    account = { ...account, ...by };
  };
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (pathname === "/api/v1/authz/check") return Response.json({ items: [] });
    if (request.method !== "GET") {
      const body = await request.json();
      ordered.push([`${request.method} ${pathname}`, request.headers.get("if-match"), body]);
      if (request.method === "PUT") return new Response(null, { status: 204 });
      if (request.headers.get("if-match") !== `"${account.version}"`) {
        const problem = { type: "urn:orion:problem:precondition-failed", title: "changed", status: 412 };
        return new Response(JSON.stringify(problem), { status: 412, headers: { "content-type": "application/json" } });
      }
      account = { ...account, ...body, version: 3 };
      return Response.json(account);
    }
    if (pathname.startsWith("/api/v1/service-accounts/")) return Response.json(account, { status });
    if (pathname === "/api/v1/roles") {
      return Response.json({
        items: [{ id: "m", name: "moderator", display_name: "Moderator", scope: "global", permissions: [] }],
      });
    }
    if (pathname === "/api/v1/api-keys") {
      const never = { expires_at: null, revoked_at: null, previous_until: null, last_used_at: null, rate_limit: null };
      const made = { id: "k", user_id: "one", created_at: "2030-01-01T12:00:00Z" };
      const key = { ...made, name: "Scanner", prefix: "orion_ab", scopes: ["users.read"], ...never };
      return Response.json({ items: [key] });
    }
    return Response.json({ items: [] });
  });
  showPage(ServiceAccountPage, "/_console/api-keys_/service-accounts/$accountId");
  return ordered;
}

it("is changed over the version that was seen, and given roles like a person", async () => {
  const ordered = serve(ALL);
  expect(await screen.findByRole("heading", { level: 1, name: "Warehouse" })).toBeTruthy();
  await userEvent.click(await screen.findByRole("button", { name: "Edit…" }));
  let dialog = within(await screen.findByRole("dialog"));
  await userEvent.clear(dialog.getByLabelText("What it is for"));
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await userEvent.click(await screen.findByRole("button", { name: "Give a role…" }));
  dialog = within(await screen.findByRole("dialog", { name: "Give Warehouse a role" }));
  await userEvent.selectOptions(await dialog.findByLabelText("Role"), "moderator");
  await userEvent.click(dialog.getByRole("button", { name: "Give" }));
  await waitFor(() =>
    expect(ordered).toEqual([
      ["PATCH /api/v1/service-accounts/one", '"2"', { description: null }],
      ["PUT /api/v1/users/one/roles/moderator", null, {}],
    ]),
  );
  expect(within(screen.getByRole("region", { name: "API keys" })).getByText("Scanner")).toBeTruthy();
  expect(screen.getByRole("region", { name: "Permissions beside roles" })).toBeTruthy();
});

it("offers nothing to who may only look", async () => {
  serve(["service-accounts.read"]);
  expect(await screen.findByRole("heading", { level: 1, name: "Warehouse" })).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.queryByRole("region", { name: "Roles" })).toBeNull();
});

it("says that there is none such", async () => {
  serve(ALL, 404);
  expect(await screen.findByRole("heading", { name: "There is no such service account" })).toBeTruthy();
});

it("shows both versions where somebody else has changed it meanwhile", async () => {
  const ordered = serve(ALL);
  await userEvent.click(await screen.findByRole("button", { name: "Edit…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.clear(dialog.getByLabelText("Name"));
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  expect(await dialog.findByText("The name is missing.")).toBeTruthy();
  await userEvent.type(dialog.getByLabelText("Name"), "Store");
  change({ description: "Books what goes out.", version: 7 });
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  const both = within(await dialog.findByRole("region", { name: "Both versions" }));
  const shown = both.getAllByRole("definition").map(({ textContent }) => textContent);
  expect(shown).toEqual(["Warehouse", "Store", "Books what goes out.", "Books what comes in."]);
  await userEvent.click(both.getByRole("button", { name: "Go on with mine" }));
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(ordered).toEqual([
    ["PATCH /api/v1/service-accounts/one", '"2"', { name: "Store" }],
    ["PATCH /api/v1/service-accounts/one", '"7"', { name: "Store" }],
  ]);
});
