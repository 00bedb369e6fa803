import type { ServiceHealth, ServiceName, ServiceStatus } from "@/api/schema";

export interface PlatformSummary {
  status: ServiceStatus;
  /** The services of which it is the status; none when all are up. */
  services: ServiceName[];
}

/** The worst status is the platform's. */
export function summarise(services: readonly ServiceHealth[]): PlatformSummary {
  const named = (status: ServiceStatus) =>
    services.filter((health) => health.status === status).map(({ service }) => service);
  const down = named("down");
  const degraded = named("degraded");
  if (down.length > 0) return { status: "down", services: down };
  if (degraded.length > 0) return { status: "degraded", services: degraded };
  return { status: "up", services: [] };
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
