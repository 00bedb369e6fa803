import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { OwnApiKeys } from "./own-api-keys";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const key = (id: string, name: string, more: object = {}) => ({
  id,
  user_id: "1",
  name,
  prefix: "orion_9fK2xQ",
  scopes: ["users.read"],
  organisation_id: null,
  rate_limit: null,
  expires_at: null,
  previous_until: null,
  last_used_at: null,
  usage_count: 0,
  created_at: "2030-01-01T12:00:00Z",
  updated_at: "2030-01-01T12:00:00Z",
  revoked_at: null,
  version: 3,
  ...more,
});

/** Answers as the server does; gives what was asked besides reading. */
function serve(keys: object[], permissions = ["api-keys.write", "users.read", "audit.read"]) {
  const asked: unknown[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (request.method === "GET") return Response.json({ items: keys });
    const body = await request.json().catch(() => null);
    asked.push([`${request.method} ${pathname}`, request.headers.get("If-Match"), body]);
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    return Response.json({ key: key("new", "Export"), secret: "orion_the-whole-of-it", not_held: [] });
  });
  showPage(OwnApiKeys, "/account");
  return asked;
}

it("are listed with what they may, and those that are over change no more", async () => {
  const revoked = { revoked_at: "2030-01-02T12:00:00Z", expires_at: "2031-01-01T12:00:00Z" };
  serve([key("one", "Export", { rate_limit: 60, last_used_at: "2030-02-03T12:00:00Z" }), key("two", "Old", revoked)]);
  const [live, over] = await screen.findAllByRole("listitem");
  expect(live?.textContent).toMatch(
    /Exportorion_9fK2xQ….*users\.read · 60 requests a minute · made .*2030.* · without an end · used .*2030/,
  );
  expect(over?.textContent).toMatch(/Old.*Revoked.*made .*2030.* · until .*2031.* · not used yet/);
  expect(await screen.findByRole("button", { name: "Revoke: Export" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Revoke: Old" })).toBeNull();
});

it("are made with scopes of one's own, and their secret is shown once", async () => {
  const asked = serve([]);
  await userEvent.click(await screen.findByRole("button", { name: "Make an API key…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByLabelText("Name"), "Export");
  await userEvent.click(dialog.getByRole("button", { name: "Make the key" }));
  expect(await dialog.findByText("Choose one at least.")).toBeTruthy();
  expect(asked).toEqual([]);
  await userEvent.click(dialog.getByLabelText("users.read"));
  await userEvent.type(dialog.getByLabelText("Requests a minute"), "60");
  await userEvent.click(dialog.getByRole("button", { name: "Make the key" }));
  expect(await dialog.findByText("orion_the-whole-of-it")).toBeTruthy();
  const body = { name: "Export", scopes: ["users.read"], rate_limit: 60 };
  expect(asked).toEqual([["POST /api/v1/api-keys", null, body]]);
  await userEvent.click(dialog.getByRole("button", { name: "I have kept it" }));
  await vi.waitFor(() => expect(screen.queryByText("orion_the-whole-of-it")).toBeNull());
});

it("are given a new secret over the version that was seen, and revoked after a question", async () => {
  const asked = serve([key("one", "Export")]);
  await userEvent.click(await screen.findByRole("button", { name: "New secret: Export" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.selectOptions(dialog.getByLabelText("The old secret goes on for"), "3600");
  await userEvent.click(dialog.getByRole("button", { name: "Give it a new secret" }));
  expect(await dialog.findByText("orion_the-whole-of-it")).toBeTruthy();
  await userEvent.click(dialog.getByRole("button", { name: "I have kept it" }));
  await userEvent.click(await screen.findByRole("button", { name: "Revoke: Export" }));
  const question = await screen.findByRole("alertdialog", { name: "Revoke Export?" });
  await userEvent.click(within(question).getByRole("button", { name: "Revoke" }));
  await vi.waitFor(() =>
    expect(asked).toEqual([
      ["POST /api/v1/api-keys/one/rotate", '"3"', { overlap_seconds: 3600 }],
      ["DELETE /api/v1/api-keys/one", null, null],
    ]),
  );
});

it("are not made by who may not", async () => {
  serve([key("one", "Export")], ["users.read"]);
  expect(await screen.findByRole("button", { name: "Revoke: Export" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: /New secret|Make/ })).toBeNull();
});
