import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { Event as PlatformEvent } from "@/api/schema";
import { render } from "@/lib/show-page";
import { EventRow } from "./event-row";

afterEach(cleanup);

const event = (type: string, data: Record<string, unknown>): PlatformEvent => ({
  id: "01a20000-0000-7000-8000-000000000001",
  source: "auth",
  aggregate_id: "01a20000-0000-7000-8000-000000000002",
  aggregate_version: 0,
  occurred_at: "2026-05-21T09:30:00Z",
  type,
  data,
});

it("shows how much a security event matters, and nothing of the kind of others", () => {
  const row = (of: PlatformEvent) => <EventRow event={of} open={false} onToggle={() => {}} />;
  const noted = event("auth.security_noted", { kind: "factor.removed", severity: "high" });
  const { rerender } = render(row(noted));
  expect(screen.getByText("high")).toBeTruthy();
  expect(screen.getByText(/factor\.removed/)).toBeTruthy();
  rerender(row(event("auth.session_started", {})));
  expect(screen.queryByText("high")).toBeNull();
});
