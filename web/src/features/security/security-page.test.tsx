import { useLocation } from "@tanstack/react-router";
import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { notify } from "@/lib/notify";
import { showPage } from "@/lib/show-page";
import { SecurityPage } from "./security-page";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(() => {
  cleanup();
  vi.mocked(notify).mockClear();
});

const AT = "2030-01-01T12:00:00Z";
const event = (id: string, kind: string, severity: string) => ({
  id,
  user_id: "7",
  owner: { display_name: "Ada Lovelace", email: "ada@example.org" },
  session_id: null,
  kind,
  category: "login",
  severity,
  title: "What the server calls it",
  details: {},
  ip_address: "192.0.2.7",
  user_agent: null,
  was_blocked: false,
  occurred_at: AT,
});

/** Answers as the server does to somebody who holds these permissions; gives what was asked besides reading. */
const serve = (...permissions: string[]) => serveAt("", ...permissions);

/** The same, for a page that is opened with this behind its address. */
function serveAt(search: string, ...permissions: string[]) {
  const outcome = permissions.includes("keys.waits") ? "already_waiting" : "published";
  const asked: string[] = [];
  let throttles = [
    {
      id: "t",
      policy: "login",
      endpoint: "/",
      user_id: "7",
      owner: null,
      failures: 6,
      blocked_until: AT,
      forgotten_at: AT,
    },
    {
      id: "l",
      policy: "reset_address",
      endpoint: "/",
      user_id: null,
      owner: null,
      failures: 10,
      blocked_until: AT,
      forgotten_at: AT,
    },
  ];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    searchParams.delete("limit");
    if (pathname.startsWith("/api/v1/auth/admin") && searchParams.size > 0) asked.push(`?${searchParams}`);
    if (request.method !== "GET") asked.push(`${request.method} ${pathname}`);
    const page = (items: unknown[]) => Response.json({ items, next_cursor: null });
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (pathname.endsWith("/security-events")) {
      return page([event("1", "session.refresh_token_reused", "high"), event("2", "of.tomorrow", "low")]);
    }
    if (pathname.endsWith("/login-attempts")) {
      const attempt = {
        user_id: "7",
        owner: null,
        failure: null,
        method: "password",
        ip_address: null,
        user_agent: null,
        attempted_at: AT,
      };
      return page([
        { ...attempt, id: "1", status: "failed", failure: "wrong_credentials", reason: "as the server says it" },
        { ...attempt, id: "2", status: "success", reason: null },
        { ...attempt, id: "3", status: "blocked", reason: "too many failures before; nobody looked at it" },
      ]);
    }
    if (request.method === "DELETE") {
      throttles = [];
      return new Response(null, { status: 204 });
    }
    if (pathname.endsWith("/throttles")) return page(throttles);
    if (pathname.endsWith("/rotate")) return Response.json({ outcome, signs_from: AT, items: [] });
    const key = { algorithm: "ES256", created_at: AT, signs_from: AT, signs_until: null, published_until: null };
    return page([{ ...key, id: "kid-one", state: "signing" }]);
  });
  const Page = () => (
    <>
      <SecurityPage />
      <output>{useLocation().searchStr}</output>
    </>
  );
  showPage(Page, `/_console/security${search}`);
  return asked;
}

it("shows what happened, in words where they are known, with its severity and whom it is about", async () => {
  serve("security.read", "users.read");
  const list = await screen.findByRole("list");
  expect(within(list).getByText("A used refresh token was used again")).toBeTruthy();
  expect(screen.getByText("What the server calls it")).toBeTruthy();
  expect(within(list).getByText("high")).toBeTruthy();
  expect(screen.getAllByRole("link", { name: "Ada Lovelace" })[0]?.getAttribute("href")).toBe("/users/7");
  expect(screen.getAllByText("ada@example.org")).toHaveLength(2);
  await userEvent.click(screen.getByRole("tab", { name: "Sign-ins" }));
  const attempts = within(await screen.findByRole("list"));
  expect(await attempts.findByText(/wrong credentials/)).toBeTruthy();
  const marks = ["failed", "signed in", "blocked"];
  expect(marks.map((mark) => attempts.getByText(mark).closest("li")?.textContent)).toEqual([
    expect.stringContaining("wrong credentials"),
    expect.not.stringContaining("too many failures"),
    expect.stringContaining("too many failures before; nobody looked at it"),
  ]);
  expect(screen.queryByRole("tab", { name: "Signing keys" })).toBeNull();
});

it("lifts a throttle after a question, and offers that to nobody who may not", async () => {
  const asked = serve("security.read", "security.write");
  await userEvent.click(await screen.findByRole("tab", { name: "Throttles" }));
  await screen.findByText("Links for a new password of one address");
  expect(screen.getByText(/done 10 times/)).toBeTruthy();
  const [lift] = screen.getAllByRole("button", { name: "Lift…" });
  await userEvent.click(lift as HTMLElement);
  const question = await screen.findByRole("alertdialog", { name: "Lift this throttle?" });
  await userEvent.click(question.querySelector("[type=submit]") ?? question);
  expect(await screen.findByText("Nothing is delayed at the moment.")).toBeTruthy();
  expect(asked).toEqual(["DELETE /api/v1/auth/admin/throttles/t"]);
  cleanup();
  serve("security.read");
  await userEvent.click(await screen.findByRole("tab", { name: "Throttles" }));
  expect(await screen.findByText(/6 failures in a row/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Lift…" })).toBeNull();
});

it("rotates the keys after a question, for whoever may", async () => {
  const asked = serve("security.read", "keys.read", "keys.rotate");
  await userEvent.click(await screen.findByRole("tab", { name: "Signing keys" }));
  expect(await screen.findByText("kid-one")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Rotate…" }));
  const question = await screen.findByRole("alertdialog", { name: "Rotate the signing keys?" });
  await userEvent.click(question.querySelector("[type=submit]") ?? question);
  await vi.waitFor(() => expect(asked).toEqual(["POST /api/v1/auth/admin/keys/rotate"]));
  const told = { type: "success", title: "The next key is published", description: expect.stringContaining("2030") };
  await vi.waitFor(() => expect(notify).toHaveBeenCalledWith(told));
});

it("says that nothing was rotated where a key waits already, and when that one signs", async () => {
  serve("security.read", "keys.read", "keys.rotate", "keys.waits");
  await userEvent.click(await screen.findByRole("tab", { name: "Signing keys" }));
  await userEvent.click(await screen.findByRole("button", { name: "Rotate…" }));
  const question = await screen.findByRole("alertdialog", { name: "Rotate the signing keys?" });
  await userEvent.click(question.querySelector("[type=submit]") ?? question);
  const told = {
    type: "waiting",
    title: "Nothing changed: a next key waits already",
    description: expect.stringContaining("2030"),
  };
  await vi.waitFor(() => expect(notify).toHaveBeenCalledWith(told));
});

it("shows the end of an id, and leads nowhere, to who may not see users", async () => {
  serve("security.read");
  await userEvent.click(await screen.findByRole("tab", { name: "Sign-ins" }));
  expect((await screen.findAllByText("…7")).length).toBe(3);
  expect(screen.queryByRole("link")).toBeNull();
});

it("has its filters in the address, by which it opens with them again, and asks the server by them", async () => {
  const asked = serve("security.read");
  await userEvent.selectOptions(await screen.findByLabelText("Severity"), "high");
  await screen.findByText("?severity=high");
  await userEvent.selectOptions(screen.getByLabelText("What happened"), "A device was blocked");
  await userEvent.type(screen.getByLabelText("E-mail address"), "ada{Enter}");
  expect(await screen.findByText("Enter a whole address.")).toBeTruthy();
  await userEvent.type(screen.getByLabelText("E-mail address"), "@example.org{Enter}");
  await vi.waitFor(() =>
    expect(asked).toEqual([
      "?severity=high",
      "?kind=device.blocked&severity=high",
      "?kind=device.blocked&severity=high&email=ada%40example.org",
    ]),
  );
  // Whom somebody looks at stays, in the other list as well.
  await userEvent.click(screen.getByRole("tab", { name: "Sign-ins" }));
  await vi.waitFor(() => expect(asked.at(-1)).toBe("?email=ada%40example.org"));
  await userEvent.click(screen.getByRole("button", { name: "Clear the filters" }));
  expect(await screen.findByText("?view=attempts")).toBeTruthy();
});

it("asks for sign-ins by all that they are narrowed by", async () => {
  const search = "?view=attempts&status=failed&failure=wrong_step&method=password%2Btotp&address=203.0.113.9";
  const asked = serveAt(`${search}&since=2030-01-01T00:00:00.000Z`, "security.read");
  const sent = "?status=failed&failure=wrong_step&method=password%2Btotp&since=2030-01-01T00%3A00%3A00.000Z";
  await vi.waitFor(() => expect(asked).toEqual([`${sent}&ip_address=203.0.113.9`]));
  expect((screen.getByLabelText("Method") as HTMLSelectElement).value).toBe("password+totp");
});

it("has its tab in the address, by which it opens there again", async () => {
  serve("security.read");
  await userEvent.click(await screen.findByRole("tab", { name: "Sign-ins" }));
  expect(await screen.findByText("?view=attempts")).toBeTruthy();
  await userEvent.click(screen.getByRole("tab", { name: "Events" }));
  await vi.waitFor(() => expect(screen.queryByText(/view=/)).toBeNull());
  cleanup();
  serveAt("?view=throttles", "security.read");
  expect((await screen.findByRole("tab", { name: "Throttles" })).getAttribute("aria-selected")).toBe("true");
  expect(await screen.findByText(/6 failures in a row/)).toBeTruthy();
});

it("opens with the events for whoever may not see the tab of the address", async () => {
  serveAt("?view=keys", "security.read");
  expect(await within(await screen.findByRole("list")).findByText("A used refresh token was used again")).toBeTruthy();
  expect(screen.getByRole("tab", { name: "Events" }).getAttribute("aria-selected")).toBe("true");
});
