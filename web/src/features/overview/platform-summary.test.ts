import { describe, expect, it } from "vitest";
import type { ServiceHealth, ServiceName, ServiceStatus } from "@/api/schema";
import { foundAt, isCurrent, summarise } from "./platform-summary";

const health = (service: ServiceName, status: ServiceStatus): ServiceHealth => ({
  service,
  status,
  checks: [],
  latency_ms: 1,
  instances: [],
  checked_at: "2030-01-01T12:00:00Z",
});

describe("summarise", () => {
  it("is up when everything is", () => {
    expect(summarise([health("auth", "up"), health("users", "up")]).status).toBe("up");
  });

  it("names what is down before what is degraded", () => {
    const summary = summarise([health("auth", "degraded"), health("users", "down"), health("gateway", "down")]);
    expect(summary).toEqual({ status: "down", services: ["users", "gateway"] });
  });

  it("says so when one is degraded", () => {
    expect(summarise([health("auth", "degraded"), health("users", "up")])).toEqual({
      status: "degraded",
      services: ["auth"],
    });
  });
});

describe("isCurrent", () => {
  const noon = Date.parse("2030-01-01T12:00:00Z");
  const at = foundAt([health("auth", "up"), health("users", "up")], 2_000);

  it("counts in this computer's clock, whatever the server's says", () => {
    expect(at).toBe(noon - 2_000);
    expect(isCurrent(at, noon, null)).toBe(true);
  });

  it("is over as soon as the server is lost, or has told nothing new for a while", () => {
    expect(isCurrent(at, noon, noon - 100)).toBe(false);
    expect(isCurrent(at, noon + 10_000, null)).toBe(false);
  });
});
