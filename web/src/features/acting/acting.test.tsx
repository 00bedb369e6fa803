import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { onSessionEnded } from "@/api/client";
import type { ConsoleSession, User } from "@/api/schema";
import { AccountPage } from "@/features/account/account-page";
import { By } from "@/features/audit/by";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { ActAs } from "./act-as";
import { ActingBanner } from "./acting-banner";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.mocked(notify).mockClear();
});

const own = {
  user_id: "ada",
  email: "ada@example.org",
  display_name: "Ada Lovelace",
  roles: ["super_admin"],
  permissions: ["console.use", "users.impersonate"],
  organisation: null,
  idle_expires_at: "2030-01-01T12:30:00Z",
  expires_at: "2030-01-02T00:00:00Z",
} satisfies ConsoleSession;
const acting = {
  user_id: "ada",
  email: "ada@example.org",
  display_name: "Ada Lovelace",
  reason: "Ticket 4711",
  expires_at: new Date(Date.now() + 29 * 60_000).toISOString(),
};
const begun = {
  ...own,
  user_id: "grace",
  email: "grace@example.org",
  display_name: "Grace Hopper",
  permissions: [],
  acting,
} satisfies ConsoleSession;
const grace = { id: "grace", email: "grace@example.org", display_name: "Grace Hopper", status: "active" } as User;

let asked: unknown[] = [];
/** Answers as the server does in this session. */
function serve(session: ConsoleSession) {
  asked = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET") asked.push([request.method, pathname, await request.clone().text()]);
    if (pathname === "/console/session/acting") return Response.json(request.method === "POST" ? begun : own);
    if (pathname === "/console/session") return Response.json(session);
    const name = pathname.split("/").pop();
    return Response.json({ items: [], id: name, display_name: name, locale: "en", timezone: "UTC" });
  });
}
beforeEach(() => serve(own));

const button = () => screen.findByRole("button", { name: "Act as this user…" });

it("is begun for a reason, which the server is told", async () => {
  showPage(() => <ActAs user={grace} />, "/users");
  await userEvent.click(await button());
  const question = await screen.findByRole("alertdialog", { name: "Act as Grace Hopper?" });
  await userEvent.click(within(question).getByRole("button", { name: "Act as this user" }));
  expect(asked).toEqual([]);
  await userEvent.type(within(question).getByRole("textbox"), "Ticket 4711{Enter}");
  const body = JSON.stringify({ user_id: "grace", reason: "Ticket 4711" });
  await vi.waitFor(() => expect(asked).toEqual([["POST", "/console/session/acting", body]]));
  await vi.waitFor(() =>
    expect(notify).toHaveBeenCalledWith({
      type: "success",
      title: "You act as Grace Hopper now",
      description: expect.stringMatching(/^Until \d\d:\d\d, unless it ends before\.$/),
    }),
  );
});

it.each([
  ["to who may not", { ...own, permissions: ["users.write"] }, grace],
  ["for oneself", own, { ...grace, id: "ada" }],
  ["of who is suspended", own, { ...grace, status: "suspended" as const }],
  ["of who has not verified an address", own, { ...grace, status: "pending_verification" as const }],
  ["while one acts as somebody", { ...begun, permissions: ["users.impersonate"] }, { ...grace, id: "emmy" }],
])("is not offered %s", async (_, session, user) => {
  serve(session);
  showPage(
    () => (
      <>
        <ActAs user={user} />
        <By entry={{ principal: { kind: "user", user_id: "x" } } as never} />
      </>
    ),
    "/users",
  );
  await screen.findByText("…x");
  await vi.waitFor(() => expect(screen.queryByRole("button")).toBeNull());
});

it("is shown with whom, why and for how long, and stopped", async () => {
  showPage(() => <ActingBanner session={begun} acting={acting} />, "/");
  const banner = await screen.findByRole("region", { name: "Acting as another user" });
  expect(banner.textContent).toContain("You act as Grace Hopper (grace@example.org)");
  expect(banner.textContent).toMatch(/for (29:00|28:5\d) more\. The reason: Ticket 4711/);
  await userEvent.click(within(banner).getByRole("button", { name: "Stop" }));
  await vi.waitFor(() => expect(asked).toEqual([["DELETE", "/console/session/acting", ""]]));
  const title = "You are yourself again";
  await vi.waitFor(() => expect(notify).toHaveBeenCalledWith(expect.objectContaining({ title })));
});

it("asks for the session when its time is over", async () => {
  const ended = vi.fn();
  const stop = onSessionEnded(ended);
  const over = { ...acting, expires_at: new Date(Date.now() - 1_000).toISOString() };
  showPage(() => <ActingBanner session={{ ...begun, acting: over }} acting={over} />, "/");
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
  stop();
});

it("leaves of one's security what may be looked at, and says so", async () => {
  serve(begun);
  showPage(AccountPage, "/account");
  expect(await screen.findByText(/can change how they sign in/)).toBeTruthy();
  expect(screen.queryByRole("heading", { name: "Password" })).toBeNull();
  expect(screen.queryByRole("heading", { name: "Passkeys" })).toBeNull();
  expect(screen.getByRole("heading", { name: "Sessions" })).toBeTruthy();
});

it("stands in the audit log as the one by the other", async () => {
  const entry = { principal: { kind: "user", user_id: "grace", session_id: null }, actor: "ada" };
  serve({ ...own, permissions: ["users.read"] });
  const client = new QueryClient();
  showPage(
    () => (
      <QueryClientProvider client={client}>
        <By entry={entry as never} />
      </QueryClientProvider>
    ),
    "/audit",
  );
  await vi.waitFor(() => expect(document.body.textContent).toBe("ada as grace"));
});
