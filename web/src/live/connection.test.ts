import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveMessage, LiveRequest } from "@/api/schema";
import { CLOSE_FORBIDDEN, CLOSE_SESSION_ENDED } from "./close-codes";
import { LiveConnection, type LiveSocket } from "./connection";

/** A socket whose other end is the test. */
class TestSocket implements LiveSocket {
  readyState = 0;
  onopen: LiveSocket["onopen"] = null;
  onmessage: LiveSocket["onmessage"] = null;
  onclose: LiveSocket["onclose"] = null;
  readonly sent: LiveRequest[] = [];
  closed = false;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as LiveRequest);
  }
  close(): void {
    this.closed = true;
  }
  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  deliver(message: LiveMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const sockets: TestSocket[] = [];
const hooks = {
  onSessionEnded: vi.fn(),
  onRefused: vi.fn(),
  onHeard: vi.fn(),
  onBroken: vi.fn(),
  onTopicRefused: vi.fn(),
};
const ignore = () => undefined;

function connection(): LiveConnection {
  return new LiveConnection(() => {
    const socket = new TestSocket();
    sockets.push(socket);
    return socket;
  }, hooks);
}

function newest(): TestSocket {
  const socket = sockets.at(-1);
  if (!socket) throw new Error("nothing has connected");
  return socket;
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets.length = 0;
  vi.clearAllMocks();
});

describe("subscriptions", () => {
  it("are made once per topic and ended with the last listener", () => {
    const live = connection();
    const stopFirst = live.subscribe("health", ignore);
    const stopSecond = live.subscribe("health", ignore);
    newest().accept();
    stopFirst();
    expect(newest().sent).toEqual([{ op: "subscribe", id: 1, topic: "health", resume_after: null }]);
    stopSecond();
    expect(newest().sent.at(-1)).toEqual({ op: "unsubscribe", id: 1 });
  });

  it("reach every listener of their own topic and no other", () => {
    const live = connection();
    const [health, alsoHealth, events] = [vi.fn(), vi.fn(), vi.fn()];
    live.subscribe("health", health);
    live.subscribe("health", alsoHealth);
    live.subscribe("events", events);
    newest().accept();
    newest().deliver({ kind: "health", id: 1, sequence: 1, services: [] });
    expect(health).toHaveBeenCalledOnce();
    expect(alsoHealth).toHaveBeenCalledOnce();
    expect(events).not.toHaveBeenCalled();
  });

  it("stopped twice by the same listener do not take another's away", () => {
    const live = connection();
    const stop = live.subscribe("health", ignore);
    live.subscribe("health", vi.fn());
    newest().accept();
    stop();
    stop();
    expect(newest().sent.filter(({ op }) => op === "unsubscribe")).toEqual([]);
  });

  it("keep the socket for a moment when one page follows another, and close it after", () => {
    const live = connection();
    live.subscribe("health", ignore)();
    vi.advanceTimersByTime(1_000);
    const stop = live.subscribe("events", ignore);
    expect(sockets).toHaveLength(1);
    stop();
    vi.advanceTimersByTime(5_000);
    expect(newest().closed).toBe(true);
    expect(live.status).toBe("idle");
  });
});

describe("a lost connection", () => {
  it("comes back by itself and resumes after the last message seen", () => {
    const live = connection();
    live.subscribe("events", ignore);
    newest().accept();
    newest().deliver({ kind: "events", id: 1, sequence: 41, events: [] });
    newest().drop();
    expect(live.status).toBe("reconnecting");
    vi.advanceTimersByTime(500);
    newest().accept();
    expect(sockets).toHaveLength(2);
    expect(newest().sent).toEqual([{ op: "subscribe", id: 1, topic: "events", resume_after: 41 }]);
    expect(live.status).toBe("live");
  });

  it("is tried less and less often, and makes the page ask about its session", () => {
    const live = connection();
    live.subscribe("health", ignore);
    for (let second = 0; second < 60; second++) {
      if (newest().readyState !== 3) newest().drop();
      vi.advanceTimersByTime(1_000);
    }
    expect(sockets.length).toBeLessThan(20);
    expect(hooks.onRefused).toHaveBeenCalledOnce();
  });
});

describe("what is known of the server", () => {
  it("is told by every message, and by a connection that breaks", () => {
    const live = connection();
    live.subscribe("health", ignore);
    newest().accept();
    newest().deliver({ kind: "health", id: 1, sequence: 1, services: [] });
    expect(hooks.onHeard).toHaveBeenCalledTimes(2);
    expect(hooks.onBroken).not.toHaveBeenCalled();
    newest().drop();
    expect(hooks.onBroken).toHaveBeenCalledOnce();
  });

  it("is known on pages that watch nothing, by a connection that is held", () => {
    const live = connection();
    const letGo = live.hold();
    newest().accept();
    live.subscribe("health", ignore)();
    vi.advanceTimersByTime(60_000);
    expect(newest().closed).toBe(false);
    newest().drop();
    expect(hooks.onBroken).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1_000);
    newest().accept();
    letGo();
    letGo();
    vi.advanceTimersByTime(5_000);
    expect(newest().closed).toBe(true);
  });
});

describe("a topic that is refused", () => {
  it("makes the page look again at what it may do, and keeps the others", () => {
    const live = connection();
    live.subscribe("events", ignore);
    live.subscribe("health", ignore);
    newest().accept();
    newest().deliver({ kind: "error", id: 1, detail: "You may no longer watch this.", field: null });
    expect(hooks.onTopicRefused).toHaveBeenCalledExactlyOnceWith("events");
    expect(live.status).toBe("refused");
  });

  it("is asked for again while it is watched, and no longer", () => {
    const live = connection();
    const stop = live.subscribe("events", ignore);
    newest().accept();
    const refuse = () =>
      newest().deliver({ kind: "error", id: 1, detail: "It cannot be read at the moment.", field: null });
    const asked = () => newest().sent.filter(({ op }) => op === "subscribe").length;
    refuse();
    vi.advanceTimersByTime(5_000);
    expect([asked(), live.status]).toEqual([2, "live"]);
    refuse();
    stop();
    live.hold();
    vi.advanceTimersByTime(60_000);
    expect([asked(), live.status]).toEqual([2, "live"]);
  });
});

describe("a filter", () => {
  const wrong = "line 1, column 5: what is this?";

  it("makes a subscription of its own, which resumes by itself", () => {
    const live = connection();
    const [all, some] = [vi.fn(), vi.fn()];
    live.subscribe("events", all);
    const stop = live.subscribe("events", some, "true");
    newest().accept();
    expect(newest().sent).toEqual([
      { op: "subscribe", id: 1, topic: "events", resume_after: null },
      { op: "subscribe", id: 2, topic: "events", filter: "true", resume_after: null },
    ]);
    newest().deliver({ kind: "events", id: 1, sequence: 9, events: [] });
    newest().deliver({ kind: "events", id: 2, sequence: 4, events: [] });
    expect([all, some].map((listener) => listener.mock.calls.length)).toEqual([1, 1]);
    newest().drop();
    vi.advanceTimersByTime(500);
    newest().accept();
    expect(newest().sent).toMatchObject([{ resume_after: 9 }, { filter: "true", resume_after: 4 }]);
    stop();
    live.subscribe("events", some, "true");
    expect(newest().sent.at(-1)).toMatchObject({ id: 3, resume_after: null });
  });

  it("that is wrong is told to everybody and not asked again, and nothing else is refused", () => {
    const live = connection();
    const [first, second] = [vi.fn(), vi.fn()];
    const stop = live.subscribe("events", first, "evnt");
    newest().accept();
    newest().deliver({ kind: "error", id: 1, detail: wrong, field: "filter" });
    live.subscribe("events", second, "evnt")();
    expect(first.mock.calls).toEqual(second.mock.calls);
    expect(first.mock.calls[0]?.[0]).toMatchObject({ detail: wrong });
    vi.advanceTimersByTime(60_000);
    stop();
    expect(newest().sent).toHaveLength(1);
    expect(live.status).toBe("live");
    expect(hooks.onTopicRefused).not.toHaveBeenCalled();
  });
});

describe("a hidden page", () => {
  it("holds no connection, and resumes when it is seen again", () => {
    const live = connection();
    live.subscribe("events", ignore);
    newest().accept();
    newest().deliver({ kind: "events", id: 1, sequence: 7, events: [] });
    live.setVisible(false);
    expect(newest().closed).toBe(true);
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
    live.setVisible(true);
    newest().accept();
    expect(newest().sent[0]).toMatchObject({ resume_after: 7 });
  });
});

describe("an ended session", () => {
  it.each([CLOSE_SESSION_ENDED, CLOSE_FORBIDDEN])("(%i) is told once and connects again only for a new one", (code) => {
    const live = connection();
    live.subscribe("health", ignore);
    newest().accept();
    newest().drop(code);
    expect(hooks.onSessionEnded).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(60_000);
    live.setVisible(true);
    expect(sockets).toHaveLength(1);
    live.revive();
    expect(sockets).toHaveLength(2);
  });
});
