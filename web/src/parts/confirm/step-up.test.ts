import { describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/problem";
import { isStepUpNeeded, runWithStepUp } from "./step-up";

const problem = (name: string, status: number) =>
  new ApiError({ type: `urn:orion:problem:${name}`, title: "Sign in again", status });
const stale = problem("insufficient-user-authentication", 401);

describe("isStepUpNeeded", () => {
  it("knows the answer by its status and its name, however that is written", () => {
    expect(isStepUpNeeded(stale)).toBe(true);
    expect(isStepUpNeeded(problem("insufficient_user_authentication", 401))).toBe(true);
    expect(isStepUpNeeded(problem("no-console-session", 401))).toBe(false);
    expect(isStepUpNeeded(problem("insufficient-user-authentication", 403))).toBe(false);
    expect(isStepUpNeeded(new Error("insufficient_user_authentication"))).toBe(false);
  });
});

describe("runWithStepUp", () => {
  it("repeats the action by itself after a fresh sign-in", async () => {
    const action = vi.fn().mockRejectedValueOnce(stale).mockResolvedValueOnce(undefined);
    const stepUp = vi.fn().mockResolvedValue(true);
    expect(await runWithStepUp(action, stepUp)).toBe(true);
    expect(action).toHaveBeenCalledTimes(2);
    expect(stepUp).toHaveBeenCalledExactlyOnceWith(stale);
  });

  it("does nothing more when the sign-in is called off", async () => {
    const action = vi.fn().mockRejectedValue(stale);
    expect(await runWithStepUp(action, async () => false)).toBe(false);
    expect(action).toHaveBeenCalledOnce();
  });

  it("asks once, not in a circle", async () => {
    const action = vi.fn().mockRejectedValue(stale);
    const stepUp = vi.fn().mockResolvedValue(true);
    await expect(runWithStepUp(action, stepUp)).rejects.toBe(stale);
    expect(stepUp).toHaveBeenCalledOnce();
  });

  it("hands on every other error without asking", async () => {
    const conflict = problem("conflict", 409);
    const stepUp = vi.fn();
    await expect(runWithStepUp(() => Promise.reject(conflict), stepUp)).rejects.toBe(conflict);
    expect(stepUp).not.toHaveBeenCalled();
  });
});
