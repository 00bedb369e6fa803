import type { UserStatus } from "@/api/schema";

type RawSearch = Record<string, unknown>;

/** The statuses to filter by: those that users can have. Nothing suspends or deletes anybody yet. */
export const USER_STATUSES: readonly UserStatus[] = ["active", "pending_verification"];

/** Where to go after signing in: a path of this console, never another site. */
export function signInSearch({ next, ended }: RawSearch): { next?: string | undefined; ended?: true | undefined } {
  const safe = typeof next === "string" && /^\/(?![/\\])/.test(next);
  return { next: safe ? next : undefined, ended: ended === true ? true : undefined };
}

export function eventSearch({ filter }: RawSearch): { filter?: string | undefined } {
  return { filter: text(filter) };
}

export function userSearch(raw: RawSearch): { search?: string | undefined; status?: UserStatus | undefined } {
  return { search: text(raw.search), status: USER_STATUSES.find((status) => status === raw.status) };
}

/** A search that looks like a number is parsed as one by the router. */
function text(value: unknown): string | undefined {
  return value === undefined || value === null || value === "" ? undefined : String(value);
}
