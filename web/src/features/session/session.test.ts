import { describe, expect, it } from "vitest";
import type { ConsoleSession } from "@/api/schema";
import { sessionEnd } from "./session";

const MINUTE = 60_000;
const LOADED = Date.parse("2030-01-01T12:00:00Z");
const at = (minutes: number) => new Date(LOADED + minutes * MINUTE).toISOString();

const session = (idle: number, absolute: number): ConsoleSession => ({
  user_id: "0190",
  email: "ada@example.org",
  display_name: null,
  roles: [],
  permissions: [],
  organisation: null,
  idle_expires_at: at(idle),
  expires_at: at(absolute),
});

const endAfter = (minutesOfActivity: number, absolute = 720, clockOffset = 0) =>
  sessionEnd(session(30, absolute), LOADED, { answeredAt: LOADED + minutesOfActivity * MINUTE, clockOffset });
const endsAfter = (...given: Parameters<typeof endAfter>) => (endAfter(...given).at - LOADED) / MINUTE;

describe("sessionEnd", () => {
  it("is the idle end when nothing was called since", () => {
    expect(endsAfter(0)).toBe(30);
  });

  it("moves with the last answered call", () => {
    expect(endsAfter(12)).toBe(42);
  });

  it("never passes the absolute end", () => {
    expect(endsAfter(12, 40)).toBe(40);
    expect([endAfter(9, 40).isFinal, endAfter(12, 40).isFinal]).toEqual([false, true]);
  });

  it("is known for final where the server has shortened the idle time to it", () => {
    const end = sessionEnd(session(5, 5), LOADED, { answeredAt: LOADED, clockOffset: 0 });
    expect(end).toMatchObject({ at: LOADED + 5 * MINUTE, isFinal: true });
  });

  it("is given in this computer's clock when the server's is ahead", () => {
    expect(endsAfter(0, 720, 5 * MINUTE)).toBe(25);
  });
});
