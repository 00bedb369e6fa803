import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { DependencyCheck, ServiceHealth } from "@/api/schema";
import { render } from "@/lib/show-page";
import { ServiceRow } from "./service-row";

afterEach(cleanup);

const check = (name: string, ok: boolean, required = true): DependencyCheck => ({
  name,
  ok,
  required,
  duration_ms: 1,
  ...(!ok && { detail: "it says no" }),
});
const health = (checks: DependencyCheck[]): ServiceHealth => ({
  service: "auth",
  status: "up",
  checks,
  latency_ms: 1,
  instances: [],
  checked_at: "2030-01-01T12:00:00Z",
});
const show = (checks: DependencyCheck[], isCurrent = true) =>
  render(<ServiceRow health={health(checks)} isCurrent={isCurrent} now={0} />).container.textContent;

it("counts what works, and names only what does not", () => {
  const well = show([check("database", true), check("cache", true)]);
  expect(well).toContain("2 checks pass");
  expect(well).not.toContain("database");
  cleanup();
  const text = show([check("database", true), check("bus", false), check("cache", false, false)]);
  expect(text).toContain("bus does not work: it says no");
  expect(text).toContain("cache does not work, and can be done without");
  expect(text).toContain("1 check passes");
});

it("claims nothing of a service when nobody says how it is", () => {
  show([check("database", true)], false);
  expect(screen.getByRole("article").dataset.status).toBe("unknown");
  expect(screen.queryByText("Up")).toBeNull();
  expect(screen.getByText("Unknown")).toBeTruthy();
});

it("pales what was seen when nobody says how it is, and counts no further", () => {
  const started_at = "2030-01-01T11:59:00Z";
  const instance = { instance: "one", service: "auth", url: "", version: "", settings_version: 1, started_at } as const;
  const seen = { ...health([check("database", true)]), instances: [instance] };
  const now = Date.parse("2030-01-01T13:00:00Z");
  const facts = () => screen.getByText(/running for/);
  render(<ServiceRow health={seen} isCurrent now={now} />);
  expect(facts().textContent).toContain("running for 1 hr 1 min");
  const ink = facts().className;
  cleanup();
  render(<ServiceRow health={seen} isCurrent={false} now={now} />);
  expect(facts().textContent).toContain("running for 1 min");
  expect(facts().className).not.toBe(ink);
});
