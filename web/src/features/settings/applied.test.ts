import { describe, expect, it } from "vitest";
import type { AppliedSettings, ServiceName } from "@/api/schema";
import { appliedOf, PATIENCE_MS, pauseAfter } from "./applied";

const instance = (service: ServiceName, version: number | null, ...refused: string[]): AppliedSettings => ({
  instance: service,
  service,
  version,
  refused,
});

describe("appliedOf", () => {
  it("finds the instances that are behind, and takes one that is ahead of the list for done", () => {
    const instances = [instance("auth", 6), instance("users", 7), instance("admin", 8)];
    const { count, behind } = appliedOf({ version: 7, instances });
    expect([count, behind.map(({ service }) => service)]).toEqual([3, ["auth"]]);
  });

  it("takes one that has not heard the settings for behind, also where nobody has changed any", () => {
    const { behind } = appliedOf({ version: 0, instances: [instance("auth", 0), instance("users", null)] });
    expect(behind.map(({ service }) => service)).toEqual(["users"]);
  });

  it("tells each refusal once, with all services that it concerns", () => {
    const instances = [
      instance("auth", 7, "a: too long"),
      instance("auth", 7, "a: too long"),
      instance("users", 7, "b", "a: too long"),
    ];
    expect(appliedOf({ version: 7, instances }).refusals).toEqual([
      { text: "a: too long", services: ["auth", "users"] },
      { text: "b", services: ["users"] },
    ]);
  });
});

describe("pauseAfter", () => {
  it("grows, and ends, for each call keeps a session alive", () => {
    expect([pauseAfter(0), pauseAfter(20_000), pauseAfter(PATIENCE_MS)]).toEqual([1_000, 5_000, false]);
  });
});
