import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { ServiceAccounts } from "./service-accounts";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const account = (id: string, name: string, more: object = {}) => ({
  id,
  name,
  description: null,
  organisation_id: null,
  is_active: true,
  roles: [],
  created_at: "2030-01-01T12:00:00Z",
  updated_at: "2030-01-01T12:00:00Z",
  version: 2,
  ...more,
});

/** Answers as the server does; gives what was asked besides reading. */
function serve(accounts: object[], ...permissions: string[]) {
  const asked: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (request.method === "GET") return Response.json({ items: accounts });
    const body = await request.json().catch(() => null);
    asked.push([`${request.method} ${pathname}`, request.headers.get("If-Match"), body]);
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    if (pathname.endsWith("/api-keys")) {
      return Response.json({ key: {}, secret: "orion_the-whole-of-it", not_held: ["users.read"] });
    }
    return Response.json(account("new", "Warehouse"));
  });
  showPage(ServiceAccounts, "/api-keys");
  return asked;
}

it("are listed with their roles, and changed by nobody who may not", async () => {
  serve([account("one", "Warehouse", { roles: ["moderator"] }), account("two", "Old", { is_active: false })]);
  const [live, disabled] = await screen.findAllByRole("listitem");
  expect(live?.textContent).toMatch(/Warehouse.*moderator · made .*2030/);
  expect(disabled?.textContent).toMatch(/Old.*Disabled.*no role/);
  expect(screen.queryByRole("button")).toBeNull();
});

it("are made and given keys, of which each is shown once", async () => {
  const asked = serve([account("one", "Warehouse")], "service-accounts.write", "users.read");
  await userEvent.click(await screen.findByRole("button", { name: "Make a service account…" }));
  let dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByLabelText("Name"), "Store");
  await userEvent.click(dialog.getByRole("button", { name: "Make the service account" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await userEvent.click(screen.getByRole("button", { name: "New key: Warehouse" }));
  dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText("A new API key of Warehouse")).toBeTruthy();
  await userEvent.type(dialog.getByLabelText("Name"), "Scanner");
  await userEvent.click(dialog.getByLabelText("users.read"));
  await userEvent.click(dialog.getByRole("button", { name: "Make the key" }));
  expect(await dialog.findByText("orion_the-whole-of-it")).toBeTruthy();
  expect(dialog.getByText(/they count for nothing/).textContent).toContain("users.read");
  expect(asked).toEqual([
    ["POST /api/v1/service-accounts", null, { name: "Store" }],
    ["POST /api/v1/service-accounts/one/api-keys", null, { name: "Scanner", scopes: ["users.read"] }],
  ]);
});

it("are disabled, enabled and deleted after a question, over the version that was seen", async () => {
  const accounts = [account("one", "Warehouse"), account("two", "Old", { is_active: false })];
  const asked = serve(accounts, "service-accounts.write");
  for (const [what, name] of [
    ["Disable", "Warehouse"],
    ["Enable", "Old"],
    ["Delete", "Old"],
  ] as const) {
    await userEvent.click(await screen.findByRole("button", { name: `${what}: ${name}` }));
    const question = await screen.findByRole("alertdialog", { name: `${what}: ${name}?` });
    await userEvent.click(within(question).getByRole("button", { name: what }));
    await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  }
  expect(asked).toEqual([
    ["PATCH /api/v1/service-accounts/one", '"2"', { is_active: false }],
    ["PATCH /api/v1/service-accounts/two", '"2"', { is_active: true }],
    ["DELETE /api/v1/service-accounts/two", '"2"', null],
  ]);
});
