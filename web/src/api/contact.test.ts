import { beforeEach, describe, expect, it, vi } from "vitest";
import { ContactStore, isFromServer } from "./contact";

const NOON = Date.parse("2030-01-01T12:00:00Z");
const ask = vi.fn<() => Promise<boolean>>();

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  ask.mockReset();
});

describe("contact with the server", () => {
  it("is lost since its last answer, not since somebody noticed", async () => {
    const contact = new ContactStore(ask);
    vi.setSystemTime(NOON + 4_000);
    contact.heard();
    vi.setSystemTime(NOON + 9_000);
    contact.missed();
    vi.setSystemTime(NOON + 20_000);
    contact.missed();
    expect(contact.view()).toEqual({ lostSince: NOON + 4_000 });
    contact.heard();
    expect(contact.view()).toEqual({ lostSince: null });
  });

  it("is asked about after a while of silence, and again and again while it is lost", async () => {
    const contact = new ContactStore(ask);
    ask.mockResolvedValue(false);
    const stop = contact.watch(() => true);
    await vi.advanceTimersByTimeAsync(14_000);
    expect(ask).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(contact.view().lostSince).toBe(NOON);
    ask.mockResolvedValue(true);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(contact.view().lostSince).toBeNull();
    stop();
  });

  it("is not asked about by a page that nobody sees", async () => {
    const contact = new ContactStore(ask);
    const stop = contact.watch(() => false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ask).not.toHaveBeenCalled();
    stop();
  });

  it("is asked about when a call takes long, and at once lost when that has no answer either", async () => {
    const contact = new ContactStore(ask);
    ask.mockResolvedValue(false);
    void contact.attend(Promise.resolve("soon"));
    void contact.attend(new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(1_900);
    expect(ask).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect(ask).toHaveBeenCalledOnce();
    expect(contact.view().lostSince).toBe(NOON);
  });

  it("is kept by an answer that comes while it is asked about", async () => {
    const contact = new ContactStore(ask);
    ask.mockImplementation(() => new Promise((resolve) => setTimeout(() => resolve(false), 3_000)));
    const asked = contact.ask();
    await vi.advanceTimersByTimeAsync(1_000);
    contact.heard();
    await vi.advanceTimersByTimeAsync(2_000);
    await asked;
    expect(contact.view().lostSince).toBeNull();
  });

  it("is asked about once at a time", async () => {
    const contact = new ContactStore(ask);
    let answer: (answered: boolean) => void = () => undefined;
    ask.mockImplementation(() => new Promise((resolve) => (answer = resolve)));
    const first = contact.ask();
    await contact.ask();
    expect(ask).toHaveBeenCalledOnce();
    answer(true);
    await first;
  });
});

describe("isFromServer", () => {
  it("takes a proxy's error page for no answer, and the server's own problem for one", () => {
    const response = (status: number, type: string) => new Response("", { status, headers: { "content-type": type } });
    expect(isFromServer(response(502, "text/html"))).toBe(false);
    expect(isFromServer(response(503, "application/problem+json"))).toBe(true);
    expect(isFromServer(response(401, "application/problem+json"))).toBe(true);
    expect(isFromServer(response(404, "text/html"))).toBe(true);
  });
});
