import { useLocation } from "@tanstack/react-router";
import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { AuditPage } from "./audit-page";
import { EntryPage } from "./entry-page";
import { readAuditSearch } from "./filter";

afterEach(cleanup);

const AT = "2030-01-01T12:00:00Z";
const USER = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42";
const entry = (id: string, more: object = {}) => ({
  id,
  service: "users",
  occurred_at: AT,
  principal: { kind: "user", user_id: USER, session_id: null },
  actor: null,
  organisation_id: null,
  action: "update",
  object: { resource: "user", resource_id: "7" },
  description: "Changed their profile",
  old_values: { display_name: "Ada" },
  new_values: { display_name: "Ada Lovelace" },
  ip_address: "192.0.2.7",
  user_agent: null,
  request_id: null,
  success: true,
  ...more,
});
const state = {
  verified_at: null as string | null,
  holds: true,
  is_finished: true,
  break_count: 0,
  breaks: [] as string[],
  redacted: 0,
  entries: 1815,
  head_position: 1815,
  head_hash: "h",
  cut_position: 0,
  cut_at: null,
  retention_days: 365,
  checkpoint: null,
};

/** Answers as the server does to somebody who holds these permissions; gives what was asked. */
function serve({ search = "", found = {}, permissions = ["audit.read", "users.read"] } = {}) {
  const asked: string[] = [];
  let verification = state;
  let shown = entry("e");
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    searchParams.delete("limit");
    if (request.method !== "GET") asked.push(`${request.method} ${pathname} ${await request.clone().text()}`.trim());
    if (pathname === "/console/session") return Response.json({ user_id: "1", permissions });
    if (pathname.endsWith("/verification")) {
      const before = verification;
      if (request.method === "POST") verification = { ...state, verified_at: AT, ...found };
      return Response.json(before);
    }
    if (pathname === `/api/v1/users/${USER}`) return Response.json({ display_name: "Ada Lovelace" });
    if (pathname === "/api/v1/audit") {
      asked.push(`?${searchParams}`);
      const items = [entry("e"), entry("f", { action: "teleport", success: false, principal: { kind: "platform" } })];
      return Response.json({ items, next_cursor: null });
    }
    if (pathname.endsWith("/redaction")) {
      shown = entry("e", { description: "[redacted]", redaction: { at: AT, by: USER, reason: "Asked for" } });
    }
    const link = { position: 7, id: "e", appended_at: AT, hash: "abc" };
    return Response.json({ entry: shown, link, holds: true, ...found });
  });
  const Page = () => (
    <>
      <AuditPage />
      <output>{useLocation().searchStr}</output>
    </>
  );
  return { asked, show: () => showPage(Page, `/_console/audit${search}`) };
}

it("lists what was done, in words where they are known, and leads to the entry", async () => {
  const { show } = serve();
  show();
  const list = within(await screen.findByRole("list"));
  expect((await list.findAllByRole("link", { name: "Changed their profile" }))[0]?.getAttribute("href")).toBe(
    "/audit/e",
  );
  expect(list.getByText("changed")).toBeTruthy();
  expect((await list.findByRole("link", { name: "Ada Lovelace" })).getAttribute("href")).toBe(`/users/${USER}`);
  const other = list.getByText("teleport").closest("li");
  expect(other?.textContent).toContain("not done");
  expect(other?.textContent).toContain("the platform");
  expect(list.getAllByText(/192\.0\.2\.7/)).toHaveLength(2);
});

it("has its filters in the address, asks the server by them, and exports what they find", async () => {
  const { asked, show } = serve({ search: "?outcome=failed" });
  show();
  await userEvent.selectOptions(await screen.findByLabelText("What was done"), "signed in");
  await screen.findByText("?outcome=failed&action=login");
  await userEvent.type(screen.getByLabelText("By or to the user (id)"), "ada{Enter}");
  expect(await screen.findByText("Enter a whole id.")).toBeTruthy();
  await userEvent.clear(screen.getByLabelText("By or to the user (id)"));
  await userEvent.type(screen.getByLabelText("By or to the user (id)"), `${USER}{Enter}`);
  await vi.waitFor(() => expect(asked.at(-1)).toBe(`?action=login&about=${USER}&success=false`));
  expect(screen.getByRole("link", { name: "Export as CSV" }).getAttribute("href")).toBe(
    `/api/v1/audit/export?action=login&about=${USER}&success=false&format=csv`,
  );
  await userEvent.click(screen.getByRole("button", { name: "Clear the filters" }));
  await vi.waitFor(() => expect(asked.at(-1)).toBe("?"));
});

it("shows the end of an id, and leads to nobody, to who may not see users", async () => {
  const { show } = serve({ permissions: ["audit.read"] });
  show();
  expect((await screen.findByText("…0c8e1b42")).closest("a")).toBeNull();
});

it("reads of an address only what can be meant", () => {
  const search = {
    about: "ada",
    service: "shop",
    outcome: "perhaps",
    since: "yesterday",
    ip_address: "home",
    action: " x ",
  };
  const given = Object.entries(readAuditSearch(search)).filter(([, value]) => value !== undefined);
  expect(given).toEqual([["action", "x"]]);
});

it("says whether the log holds, and verifies it when somebody asks", async () => {
  const broken = { holds: false, break_count: 3, breaks: ["the entry of link 3 was changed"] };
  const { asked, show } = serve({ found: broken });
  show();
  expect(await screen.findByText("The log was not verified yet")).toBeTruthy();
  expect(screen.getByText(/1,815 entries · kept for 365 days/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Verify now" }));
  expect(await screen.findByText("The log does not hold: it was tampered with")).toBeTruthy();
  expect(screen.getByText("the entry of link 3 was changed")).toBeTruthy();
  expect(screen.getByText("and 2 more")).toBeTruthy();
  expect(asked).toContain("POST /api/v1/audit/verification");
});

it("says of a verification that did not come to its end that nothing is known, unless the one before has found something", async () => {
  const unread = "the log could not be read to its end, so that it is not known whether it holds";
  const changed = "the entry of link 3 was changed";
  for (const breaks of [[unread], [unread, changed]]) {
    const { show } = serve({ found: { holds: false, is_finished: false, break_count: breaks.length, breaks } });
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Verify now" }));
    expect(await screen.findByText(/^The verification did not come to its end/)).toBeTruthy();
    const isKnown = breaks.includes(changed);
    expect(screen.queryByText("It is not known whether the log holds") !== null).toBe(!isKnown);
    expect(screen.queryByText(/tampered with/) !== null).toBe(isKnown);
    expect(screen.queryByText(changed) !== null).toBe(isKnown);
    cleanup();
  }
});

it("shows an entry with what was before and after, and takes its personal values out for whoever may", async () => {
  const { asked } = serve({ permissions: ["audit.read", "audit.redact"] });
  showPage(EntryPage, "/_console/audit_/$entryId");
  expect(await screen.findByRole("heading", { name: "Changed their profile" })).toBeTruthy();
  expect(screen.getByText("as it was written")).toBeTruthy();
  expect(screen.getByRole("region", { name: "What was before, and after" }).textContent).toContain("Lovelace");
  await userEvent.click(await screen.findByRole("button", { name: "Redact…" }));
  const question = within(await screen.findByRole("alertdialog"));
  await userEvent.type(question.getByRole("textbox"), "Asked for");
  await userEvent.click(question.getByRole("button", { name: "Redact" }));
  expect(await screen.findByRole("heading", { name: "[redacted]" })).toBeTruthy();
  expect(asked[0]).toMatch(/^PUT .*\/redaction \{"reason":"Asked for"\}$/);
  expect(screen.queryByRole("button", { name: "Redact…" })).toBeNull();
  cleanup();
  serve();
  showPage(EntryPage, "/_console/audit_/$entryId");
  await screen.findByRole("heading", { name: "Changed their profile" });
  expect(screen.queryByRole("button", { name: "Redact…" })).toBeNull();
});

it("says of an entry that was tampered with that it was", async () => {
  serve({ found: { holds: false } });
  showPage(EntryPage, "/_console/audit_/$entryId");
  expect(await screen.findByText("tampered with")).toBeTruthy();
});
