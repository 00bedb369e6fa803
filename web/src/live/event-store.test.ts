import { describe, expect, it, vi } from "vitest";
import type { LiveMessage, Event as PlatformEvent } from "@/api/schema";
import { EventStore, searchEvents } from "./event-store";

const event = (id: string, type = "user.created"): PlatformEvent => ({
  id,
  source: "users",
  aggregate_id: "0190",
  aggregate_version: 1,
  occurred_at: "2030-01-01T12:00:00Z",
  type,
  data: { user: { email: `${id}@example.org` } },
});

const message = (...ids: string[]): LiveMessage => ({
  kind: "events",
  id: 1,
  sequence: 1,
  events: ids.map((id) => event(id)),
});

/** A store whose frames are run by hand. */
function storeWithFrames(capacity = 100) {
  const frames: (() => void)[] = [];
  const store = new EventStore((flush) => frames.push(flush), capacity);
  const frame = () => {
    for (const flush of frames.splice(0)) flush();
  };
  const ids = () => store.view().events.map((stored) => stored.event.id);
  return { store, frames, frame, ids };
}

describe("EventStore", () => {
  it("tells the page once per frame, however many messages come", () => {
    const { store, frames, frame, ids } = storeWithFrames();
    const listener = vi.fn();
    store.subscribe(listener);
    for (const id of ["a", "b", "c"]) store.receive(message(id));
    expect(frames).toHaveLength(1);
    expect(ids()).toEqual([]);
    frame();
    expect(listener).toHaveBeenCalledOnce();
    expect(ids()).toEqual(["c", "b", "a"]);
  });

  it("keeps an event once that comes again after a resume", () => {
    const { store, frame, ids } = storeWithFrames();
    store.receive(message("a", "b"));
    store.receive(message("b", "c"));
    frame();
    expect(ids()).toEqual(["c", "b", "a"]);
  });

  it("stands still while paused, counts what is new, and shows it afterwards", () => {
    const { store, frame, ids } = storeWithFrames();
    store.receive(message("a"));
    frame();
    store.setPaused(true);
    store.receive(message("b", "c"));
    frame();
    expect(ids()).toEqual(["a"]);
    expect(store.view().waiting).toBe(2);
    store.setPaused(false);
    expect(ids()).toEqual(["c", "b", "a"]);
    expect(store.view().waiting).toBe(0);
  });

  it("holds no more than its capacity, and takes an evicted event again", () => {
    const { store, frame, ids } = storeWithFrames(2);
    store.receive(message("a", "b", "c"));
    store.receive(message("a"));
    frame();
    expect(ids()).toEqual(["a", "c"]);
  });

  it("adds up what the server left out", () => {
    const { store, frame } = storeWithFrames();
    store.receive({ kind: "lagged", id: 1, missed: 40 });
    store.receive({ kind: "lagged", id: 1, missed: 2 });
    frame();
    expect(store.view().missed).toBe(42);
  });
});

describe("searchEvents", () => {
  it("wants every word, anywhere in the event, in any case", () => {
    const { store, frame } = storeWithFrames();
    store.receive({
      kind: "events",
      id: 1,
      sequence: 1,
      events: [event("ada"), event("bob"), event("ada2", "auth.login_failed")],
    });
    frame();
    const found = searchEvents(store.view().events, "ADA user.created");
    expect(found.map((stored) => stored.event.id)).toEqual(["ada"]);
  });
});
