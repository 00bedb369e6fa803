import { QueryClient } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { api, reportSessionEnded } from "@/api/client";
import { notify } from "@/lib/notify";
import * as page from "@/lib/page";
import { live } from "@/live/live";
import { isUnsaved, useDraft } from "@/parts/drafts/drafts";
import { sessionQuery } from "./queries";
import { followSessionEnd } from "./session-end";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));

const session = {
  user_id: "ada",
  email: "ada@example.org",
  display_name: null,
  roles: [],
  permissions: ["console.use"],
  organisation: null,
  idle_expires_at: "2030-01-01T12:30:00Z",
  expires_at: "2030-01-02T00:00:00Z",
};
const fetchMock = vi.fn<typeof fetch>();
const leave = vi.fn();
const goOnAs = vi.fn();
let stop = () => {};
let queryClient: QueryClient;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", fetchMock);
  fetchMock.mockReset();
  leave.mockReset();
  goOnAs.mockReset();
  queryClient = new QueryClient();
  queryClient.setQueryData(sessionQuery.queryKey, session);
  stop = followSessionEnd(queryClient, leave, goOnAs);
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

async function endWith(status: number, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  fetchMock.mockImplementation(async () => new Response(JSON.stringify(body), { status, headers }));
  // The calls that were under way are refused one after the other.
  reportSessionEnded();
  reportSessionEnded();
  await vi.advanceTimersByTimeAsync(5_000);
}

it("leaves after the session was asked for once and there is none", async () => {
  await endWith(401, { type: "urn:orion:problem:no-console-session", title: "Sign in", status: 401 });
  expect(fetchMock).toHaveBeenCalledOnce();
  expect(leave).toHaveBeenCalledOnce();
});

it("leaves as well when it is the session itself that was asked for, and shows the page until then", async () => {
  const problem = { type: "urn:orion:problem:no-console-session", title: "Sign in", status: 401 };
  const headers = { "content-type": "application/json" };
  fetchMock.mockImplementation(async () => new Response(JSON.stringify(problem), { status: 401, headers }));
  const asked = queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
  await vi.advanceTimersByTimeAsync(100);
  expect(await asked).toEqual(session);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(leave).toHaveBeenCalledOnce();
});

it("stays when the browser has another session, begun in a second tab, and connects again", async () => {
  const revive = vi.spyOn(live, "revive");
  await endWith(200, { ...session, expires_at: "2030-01-03T00:00:00Z" });
  expect(leave).not.toHaveBeenCalled();
  expect(revive).toHaveBeenCalledOnce();
});

it("goes on for the organisation that was chosen in a second tab, and says so", async () => {
  const organisation = { id: "o1", name: "Engines", permissions: [] };
  queryClient.setQueryData(["teams"], "those of before");
  await endWith(200, { ...session, organisation });
  expect(queryClient.getQueryData(["teams"])).toBeUndefined();
  await api.GET("/api/v1/users/me");
  const [called] = fetchMock.mock.calls.at(-1) as [Request];
  expect(called.headers.get("x-orion-for")).toBe("o1");
  expect(queryClient.getQueryData(sessionQuery.queryKey)?.organisation).toEqual(organisation);
  expect(notify).toHaveBeenCalledWith({ type: "success", title: "You act for Engines now" });
  // One belongs to it no more.
  await endWith(200, { ...session, organisation: null });
  expect(notify).toHaveBeenLastCalledWith({ type: "success", title: "You act for no organisation now" });
  await endWith(200, { ...session, organisation: null });
  expect(notify).toHaveBeenCalledTimes(2);
  expect(leave).not.toHaveBeenCalled();
});

it("asks once more where the session that is loaded acts for another organisation, and shows the one of before until then", async () => {
  const organisation = { id: "o1", name: "Engines", permissions: [] };
  fetchMock.mockImplementation(async () => Response.json({ ...session, organisation }));
  const asked = queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
  await vi.advanceTimersByTimeAsync(100);
  expect(await asked).toEqual(session);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(queryClient.getQueryData(sessionQuery.queryKey)?.organisation).toEqual(organisation);
});

it("leaves when the console may no longer be used", async () => {
  await endWith(200, { ...session, permissions: [] });
  expect(leave).toHaveBeenCalledOnce();
});

it("loads the page anew for another account, whatever was typed and not saved", async () => {
  const wasUnsaved: boolean[] = [];
  vi.spyOn(page, "loadPageAgain").mockImplementation(() => wasUnsaved.push(isUnsaved()));
  const form = renderHook(() => useDraft(true));
  expect(isUnsaved()).toBe(true);
  await endWith(200, { ...session, user_id: "grace" });
  form.unmount();
  expect(wasUnsaved).toEqual([false]);
  expect(leave).not.toHaveBeenCalled();
});

const acting = {
  user_id: "ada",
  email: "ada@example.org",
  display_name: null,
  reason: "Ticket 4711",
  expires_at: "2030-01-01T12:30:00Z",
};

it("goes on as whom its user acts, though they may not use the console, and as its user again", async () => {
  const loaded = vi.spyOn(page, "loadPageAgain").mockImplementation(() => {});
  const begun = { ...session, user_id: "grace", permissions: [], acting };
  await endWith(200, begun);
  expect(goOnAs).toHaveBeenLastCalledWith(begun);
  queryClient.setQueryData(sessionQuery.queryKey, begun);
  await endWith(200, session);
  expect(goOnAs).toHaveBeenLastCalledWith(session);
  expect(leave).not.toHaveBeenCalled();
  expect(loaded).not.toHaveBeenCalled();
});

it("loads the page anew where somebody else acts as somebody", async () => {
  const loaded = vi.spyOn(page, "loadPageAgain").mockImplementation(() => {});
  await endWith(200, { ...session, user_id: "grace", acting: { ...acting, user_id: "eve" } });
  expect(loaded).toHaveBeenCalledOnce();
  expect(goOnAs).not.toHaveBeenCalled();
});

it("is asked about when the session that is loaded is somebody else's, and the page keeps its own until then", async () => {
  const begun = { ...session, user_id: "grace", acting };
  fetchMock.mockImplementation(async () => Response.json(begun));
  const asked = queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
  await vi.advanceTimersByTimeAsync(100);
  expect(await asked).toEqual(session);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(goOnAs).toHaveBeenCalledWith(begun);
});
