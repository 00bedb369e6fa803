import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { activity, onSessionEnded } from "@/api/client";
import { fetchParts } from "@/lib/lazy-part";
import { showPage } from "@/lib/show-page";
import { SessionExpiry } from "./session-expiry";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const ended = vi.fn();
let stop: () => void;

beforeAll(fetchParts);
beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  Object.assign(activity, { answeredAt: 0, clockOffset: 0 });
  stop = onSessionEnded(ended);
});
afterEach(() => {
  stop();
  cleanup();
  ended.mockReset();
  vi.useRealTimers();
});

const passes = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

/** Shows a page with a field. @param idle how long its session may be unused (ms) @param absolute when it ends in any case (ms) */
async function show(idle: number, absolute: number) {
  const begun = Date.now();
  const iso = (at: number) => new Date(at).toISOString();
  const expires_at = iso(begun + absolute);
  vi.stubGlobal("fetch", async () => {
    const idle_expires_at = iso(Math.min(Date.now() + idle, begun + absolute));
    const session = { user_id: "u1", permissions: [], idle_expires_at, expires_at };
    return Response.json(session);
  });
  const Page = () => (
    <>
      <SessionExpiry />
      <main id="main" tabIndex={-1}>
        <input aria-label="Name" />
      </main>
    </>
  );
  showPage(Page, "/");
  await passes(2 * SECOND);
}
const question = () => screen.queryByRole("alertdialog", { name: "Are you still there?" });
const note = () => screen.queryByRole("region", { name: "End of the session" });
/** Whether the page can be reached: a dialog hides what is below. */
const isReached = () => screen.queryByRole("textbox", { name: "Name" }) !== null;

it("asks two minutes before a session ends that nobody uses, and goes on for one who is there", async () => {
  await show(30 * MINUTE, 720 * MINUTE);
  await passes(27 * MINUTE);
  expect(question()).toBeNull();
  await passes(1.2 * MINUTE);
  expect(question()).toBeTruthy();
  expect(isReached()).toBe(false);
  fireEvent.click(screen.getByRole("button", { name: "Stay signed in" }));
  await passes(2 * SECOND);
  expect(question()).toBeNull();
  expect(isReached()).toBe(true);
  await passes(27 * MINUTE);
  expect([question(), ended.mock.calls.length]).toEqual([null, 0]);
});

it("leaves in peace somebody whose session may be unused for a minute only, until a quarter of it is left", async () => {
  await show(MINUTE, 720 * MINUTE);
  await passes(40 * SECOND);
  expect(question()).toBeNull();
  await passes(5 * SECOND);
  expect(question()).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Stay signed in" }));
  await passes(20 * SECOND);
  expect(question()).toBeNull();
});

it("tells of an end that comes in any case, by a note that is in nobody's way and can be closed", async () => {
  await show(30 * MINUTE, 20 * MINUTE);
  await passes(14 * MINUTE);
  expect(note()).toBeNull();
  await passes(2 * MINUTE);
  expect(note()?.textContent).toMatch(/ends at \d\d:\d\d:\d\d/);
  expect([question(), isReached()]).toEqual([null, true]);
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(note()).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole("main"));
  await passes(3 * MINUTE);
  expect([note(), question(), isReached(), ended.mock.calls.length]).toEqual([null, null, true, 0]);
  await passes(MINUTE);
  expect(ended).toHaveBeenCalled();
});

it("asks no more once staying changes nothing", async () => {
  await show(10 * MINUTE, 11 * MINUTE);
  await passes(8.2 * MINUTE);
  expect(question()).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Stay signed in" }));
  await passes(2 * SECOND);
  expect([question(), note() !== null, isReached()]).toEqual([null, true, true]);
});
