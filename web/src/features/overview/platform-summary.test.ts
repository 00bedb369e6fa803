import { describe, expect, it } from "vitest";
import type { ServiceHealth, ServiceName, ServiceStatus } from "@/api/schema";
import { summarise } from "./platform-summary";

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
    expect(summary).toEqual({ status: "down", headline: "Users and gateway are down" });
  });

  it("says so when one is degraded", () => {
    expect(summarise([health("auth", "degraded"), health("users", "up")]).headline).toBe("Auth is degraded");
  });
});
