import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { DeviceList } from "./device-list";
import { EndAllSessions } from "./end-all";
import { SessionList } from "./session-list";

afterEach(cleanup);

const session = (id: string, device: string, isCurrent: boolean) => ({
  id,
  device_id: `${id}-device`,
  device,
  ip_address: "192.0.2.7",
  methods: ["pwd"],
  acr: "aal1",
  started_at: "2030-01-01T12:00:00Z",
  authenticated_at: "2030-01-01T12:00:00Z",
  last_used_at: "2030-01-02T12:00:00Z",
  expires_at: "2030-02-01T12:00:00Z",
  is_current: isCurrent,
});
const device = (id: string, name: string, more: object) => ({
  id,
  name,
  kind: "computer",
  status: "untrusted",
  is_blocked_by_administrator: false,
  trusted_until: null,
  ip_address: null,
  login_count: 2,
  first_seen_at: "2030-01-01T12:00:00Z",
  last_seen_at: "2030-01-02T12:00:00Z",
  is_current: false,
  ...more,
});

/** Answers as the server does; gives what was asked besides reading. */
function serve() {
  const asked: string[] = [];
  let sessions = [session("1", "Firefox on Linux", true), session("2", "Safari on iPhone", false)];
  let devices = [
    device("1", "Firefox on Linux", { is_current: true, status: "trusted", trusted_until: "2030-02-01T12:00:00Z" }),
    device("2", "Safari on iPhone", {}),
    device("3", "Chrome on Windows", { status: "blocked" }),
    device("4", "Edge on Windows", { status: "blocked", is_blocked_by_administrator: true }),
  ];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    if (request.method === "GET") {
      return Response.json({ items: pathname.endsWith("/devices") ? devices : sessions });
    }
    asked.push(`${request.method} ${pathname}${search}`);
    if (pathname.endsWith("/sessions")) {
      sessions = sessions.filter((one) => one.is_current);
      return Response.json({ ended: 1 });
    }
    sessions = sessions.filter((one) => !pathname.endsWith(`/sessions/${one.id}`));
    if (pathname.endsWith("/block")) {
      const status = request.method === "PUT" ? "blocked" : "untrusted";
      devices = devices.map((one) => (pathname.includes(`/devices/${one.id}/`) ? { ...one, status } : one));
    }
    return new Response(null, { status: 204 });
  });
  return asked;
}

const confirm = async (question: string) => {
  const dialog = await screen.findByRole("alertdialog", { name: question });
  await userEvent.click(dialog.querySelector("[type=submit]") ?? dialog);
};

it("ends another session after a question, and offers no end of this page's own", async () => {
  const asked = serve();
  showPage(() => <SessionList whose={undefined} mayEnd />, "/account");
  expect(await screen.findByText("This one")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "End the session on Firefox on Linux" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "End the session on Safari on iPhone" }));
  await confirm("End the session on Safari on iPhone?");
  await vi.waitFor(() => expect(screen.queryByText("Safari on iPhone")).toBeNull());
  expect(asked).toEqual(["DELETE /api/v1/auth/sessions/2"]);
});

it("ends all others, of oneself or of a user, and nothing where there are none", async () => {
  const asked = serve();
  showPage(() => <EndAllSessions whose={undefined} />, "/account");
  await userEvent.click(await screen.findByRole("button", { name: "End all others…" }));
  await confirm("End all other sessions?");
  await vi.waitFor(() => expect(screen.queryByRole("button", { name: "End all others…" })).toBeNull());
  expect(asked).toEqual(["DELETE /api/v1/auth/sessions?keep_current=true"]);
});

it("offers to block what is not blocked, to let in what is, and to stop trusting one's own", async () => {
  const asked = serve();
  showPage(() => <DeviceList whose={undefined} mayOrder />, "/account");
  const row = async (name: string) => (await screen.findByText(name)).closest("li") as HTMLElement;
  const offered = async (name: string) =>
    within(await row(name))
      .queryAllByRole("button")
      .map((button) => button.textContent);
  expect(await offered("Firefox on Linux")).toEqual(["Stop trusting…"]);
  expect(within(await row("Firefox on Linux")).getByText(/Trusted until/)).toBeTruthy();
  expect(await offered("Safari on iPhone")).toEqual(["Block…", "Forget…"]);
  expect(await offered("Chrome on Windows")).toEqual(["Let in again…"]);
  expect(await offered("Edge on Windows")).toEqual([]);
  expect(within(await row("Edge on Windows")).getByText("Blocked by an administrator")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Block: Safari on iPhone" }));
  await confirm("Block this device?");
  await vi.waitFor(async () => expect(await offered("Safari on iPhone")).toEqual(["Let in again…"]));
  expect(asked).toEqual(["PUT /api/v1/auth/devices/2/block"]);
});

it("lets an administrator let in what one of them has blocked", async () => {
  serve();
  showPage(() => <DeviceList whose="7" mayOrder />, "/account");
  expect(await screen.findByRole("button", { name: "Let in again: Edge on Windows" })).toBeTruthy();
});

it("asks about a user by the administrator's calls, and offers nothing to whoever may only look", async () => {
  const asked: string[] = [];
  serve();
  const answer = fetch;
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return answer(request);
  });
  showPage(() => <DeviceList whose="7" mayOrder={false} />, "/account");
  expect(await screen.findByText("Safari on iPhone")).toBeTruthy();
  expect(screen.queryAllByRole("button")).toEqual([]);
  expect(asked).toContain("/api/v1/auth/admin/users/7/devices");
});
