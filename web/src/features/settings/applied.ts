import type { AppliedSettings, ServiceName, SettingList } from "@/api/schema";

export interface Refusal {
  /** What could not be applied, and why, in the server's words. */
  text: string;
  services: ServiceName[];
}

export interface Applied {
  /** How many instances are there. */
  count: number;
  /** Those that have not applied the newest version yet. */
  behind: AppliedSettings[];
  /** What instances could not apply, each once. */
  refusals: Refusal[];
}

/** How far the instances are with what was changed. */
export function appliedOf({ version, instances }: Pick<SettingList, "version" | "instances">): Applied {
  const refusals = new Map<string, Set<ServiceName>>();
  for (const { service, refused } of instances) {
    for (const text of refused) refusals.set(text, (refusals.get(text) ?? new Set()).add(service));
  }
  return {
    count: instances.length,
    behind: instances.filter((one) => isBehind(one, version)),
    refusals: [...refusals].map(([text, services]) => ({ text, services: [...services] })),
  };
}

/** Whether an instance has an older version, or has not heard any yet. */
export const isBehind = ({ version: applied }: Pick<AppliedSettings, "version">, version: number): boolean =>
  applied === null || applied < version;

/** So long is asked quickly, then slowly, then no more: each call would keep the console's session alive. */
const QUICK_MS = 15_000;
export const PATIENCE_MS = 120_000;

/** How long to wait before instances are asked for again; false when it was tried for long enough. */
export function pauseAfter(waitedMs: number): number | false {
  if (waitedMs >= PATIENCE_MS) return false;
  return waitedMs < QUICK_MS ? 1_000 : 5_000;
}
