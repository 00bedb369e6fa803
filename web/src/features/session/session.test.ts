import { describe, expect, it } from "vitest";
import type { ConsoleSession } from "@/api/schema";
import { sessionEndsAt } from "./session";

const MINUTE = 60_000;
const LOADED = Date.parse("2030-01-01T12:00:00Z");
const at = (minutes: number) => new Date(LOADED + minutes * MINUTE).toISOString();

const session = (idle: number, absolute: number): ConsoleSession => ({
  user_id: "0190",
  email: "ada@example.org",
  display_name: null,
  roles: [],
  permissions: [],
  idle_expires_at: at(idle),
  expires_at: at(absolute),
});

const endsAfter = (minutesOfActivity: number, absolute = 720, clockOffset = 0) =>
  (sessionEndsAt(session(30, absolute), LOADED, { answeredAt: LOADED + minutesOfActivity * MINUTE, clockOffset }) -
    LOADED) /
  MINUTE;

describe("sessionEndsAt", () => {
  it("is the idle end when nothing was called since", () => {
    expect(endsAfter(0)).toBe(30);
  });

  it("moves with the last answered call", () => {
    expect(endsAfter(12)).toBe(42);
  });

  it("never passes the absolute end", () => {
    expect(endsAfter(12, 40)).toBe(40);
  });

  it("is given in this computer's clock when the server's is ahead", () => {
    expect(endsAfter(0, 720, 5 * MINUTE)).toBe(25);
  });
});
