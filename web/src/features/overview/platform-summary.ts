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
