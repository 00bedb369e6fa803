import type { ServiceHealth, ServiceStatus } from "@/api/schema";

export interface PlatformSummary {
  status: ServiceStatus;
  headline: string;
}

/** All services in one sentence; the worst status is the platform's. */
export function summarise(services: readonly ServiceHealth[]): PlatformSummary {
  const named = (status: ServiceStatus) =>
    services.filter((health) => health.status === status).map(({ service }) => service);
  const down = named("down");
  const degraded = named("degraded");
  if (down.length > 0) return { status: "down", headline: `${listed(down)} ${down.length === 1 ? "is" : "are"} down` };
  if (degraded.length > 0) {
    return { status: "degraded", headline: `${listed(degraded)} ${degraded.length === 1 ? "is" : "are"} degraded` };
  }
  return { status: "up", headline: "All services are up" };
}

function listed(names: readonly string[]): string {
  const text = new Intl.ListFormat("en", { type: "conjunction" }).format(names);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Health is taken anew each second; what is older than this says how it was, not how it is (ms). */
const CURRENT_MS = 10_000;

/** When the newest of these was found, in this computer's clock (ms since 1970). */
export function foundAt(services: readonly ServiceHealth[], clockOffset: number): number {
  return Math.max(0, ...services.map(({ checked_at }) => Date.parse(checked_at))) - clockOffset;
}

/** Whether that is how it is now. @param lostSince when the server answered last, if it answers no more */
export const isCurrent = (at: number, now: number, lostSince: number | null): boolean =>
  lostSince === null && now - at < CURRENT_MS;
