import { act, cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { live } from "@/live/live";
import { EventsPage } from "./events-page";

interface Answer {
  status?: number;
  body: object;
}

/** What the log answers, in turn, and what it was asked. */
let answers: Answer[];
let asked: URLSearchParams[];

const event = (id: string) => ({ id, type: "user.created", occurred_at: "2030-01-01T12:00:00Z", data: {} });
const found = (next_cursor: string | null, ...ids: string[]): Answer => ({
  body: {
    items: ids.map(event),
    next_cursor,
    looked_at: next_cursor && ids.length === 0 ? 5_000 : ids.length,
  },
});
const refused = (message: string): Answer => ({
  status: 422,
  body: {
    type: "urn:orion:problem:validation",
    title: "Some fields are not valid",
    status: 422,
    errors: [{ field: "filter", message }],
  },
});
const showLog = (filter: string) => showPage(EventsPage, `/_console/events?filter=${encodeURIComponent(filter)}`);
const press = async (name: string) => userEvent.click(await screen.findByRole("button", { name }));

beforeEach(() => {
  [answers, asked] = [[], []];
  // A connection that never opens.
  vi.stubGlobal(
    "WebSocket",
    class {
      close = () => undefined;
    },
  );
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    if (url.pathname !== "/api/v1/events") return Response.json({ user_id: "7", permissions: [] });
    asked.push(url.searchParams);
    const { status = 200, body } = answers.shift() ?? found(null);
    return Response.json(body, { status });
  });
});
afterEach(cleanup);

it("shows what the log has instead of what is live, and goes on to older events", async () => {
  answers = [found("older", "a", "b"), found(null, "c")];
  showLog("event.type == 'x'");
  expect(await screen.findByText("2 events so far")).toBeTruthy();
  expect(screen.getByText(/^Log as of/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Pause" })).toBeNull();
  await press("Load older");
  expect(await screen.findByText("3 events")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Load older" })).toBeNull();
  expect(asked.map((query) => [query.get("filter"), query.get("cursor")])).toEqual([
    ["event.type == 'x'", null],
    ["event.type == 'x'", "older"],
  ]);
});

it("says how far it looked in vain, and looks further", async () => {
  answers = [found("one"), found("two"), found("three", "a"), found("four"), found(null)];
  showLog("event.type == 'rare'");
  expect(await screen.findByRole("heading", { name: "Nothing among the last 5,000 events" })).toBeTruthy();
  await press("Look further");
  expect(await screen.findByRole("heading", { name: "Nothing among the last 10,000 events" })).toBeTruthy();
  await press("Look further");
  expect(await screen.findByText("1 event so far")).toBeTruthy();
  await press("Load older");
  expect(await screen.findByText("Nothing among 5,000 older events.")).toBeTruthy();
  await press("Look further");
  expect(await screen.findByText("Nothing among the older events.")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Look further" })).toBeNull();
});

it("asks again from the newest event on, and shows what it had until then", async () => {
  answers = [found("older", "a"), found("oldest", "b"), found("older", "new", "a", "b")];
  showLog("event.source == 'users'");
  await press("Load older");
  expect(await screen.findByText("2 events so far")).toBeTruthy();
  await press("Ask again");
  expect(await screen.findByText("3 events so far")).toBeTruthy();
  expect(asked.map((query) => query.get("cursor"))).toEqual([null, "older", null]);
});

it("tells at the field what is wrong with a condition, and offers some that are right", async () => {
  const message = "line 1, column 1: there is no `evnt`; did you mean `event`?";
  answers = [refused(message), found(null, "a")];
  showLog("evnt.type");
  expect(await screen.findByText(message)).toBeTruthy();
  const field = screen.getByLabelText<HTMLInputElement>("Filter");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  await press("Failed sign-ins");
  await waitFor(() => expect(field.value).toBe('event.type == "auth.login_failed"'));
  expect(document.activeElement).toBe(field);
  expect(await screen.findByText("1 event")).toBeTruthy();
  expect(field.getAttribute("aria-invalid")).toBeNull();
});

it("shows any other failure in the place of the events", async () => {
  answers = [
    {
      status: 500,
      body: { type: "urn:orion:problem:internal", title: "Something went wrong on our side", status: 500 },
    },
  ];
  showLog("event.source == 'users'");
  expect(await screen.findByRole("heading", { name: "Something went wrong on our side" })).toBeTruthy();
  expect(screen.getByLabelText("Filter").getAttribute("aria-invalid")).toBeNull();
});

it("is live again when the filter is cleared", async () => {
  showLog("event.type == 'none'");
  expect(await screen.findByRole("heading", { name: "No event matches" })).toBeTruthy();
  await userEvent.type(screen.getByLabelText("Filter"), "{Escape}");
  expect(await screen.findByRole("heading", { name: "Waiting for events" }, { timeout: 3_000 })).toBeTruthy();
  expect(screen.queryByText(/^Log as of/)).toBeNull();
});

it("puts what happens on top while it is shown, by the same condition", async () => {
  class TestSocket {
    static newest: TestSocket;
    readonly readyState = 1;
    onopen?: () => void;
    onmessage?: (message: { data: string }) => void;
    readonly sent: Record<string, unknown>[] = [];
    constructor() {
      TestSocket.newest = this;
    }
    send = (text: string) => this.sent.push(JSON.parse(text));
    close = () => undefined;
  }
  // Away with the connection of the tests before.
  live.setVisible(false);
  vi.stubGlobal("WebSocket", TestSocket);
  live.setVisible(true);
  answers = [found(null, "b", "a")];
  showLog("event.type == 'x'");
  expect(await screen.findByText("2 events")).toBeTruthy();
  act(() => TestSocket.newest.onopen?.());
  const asked = TestSocket.newest.sent.find(({ op }) => op === "subscribe");
  expect(asked).toMatchObject({ topic: "events", filter: "event.type == 'x'" });
  const tell = (message: object) =>
    act(() => TestSocket.newest.onmessage?.({ data: JSON.stringify({ id: asked?.id, ...message }) }));
  tell({ kind: "events", sequence: 4, events: [event("a"), event("b"), event("c")] });
  expect(await screen.findByText("3 events")).toBeTruthy();
  tell({ kind: "lagged", missed: 12 });
  expect(await screen.findByText(/12 left out/)).toBeTruthy();
});
