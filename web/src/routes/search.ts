import type { UserStatus } from "@/api/schema";

type RawSearch = Record<string, unknown>;

/** The statuses to filter by: those that users can have. Nothing suspends or deletes anybody yet. */
export const USER_STATUSES: readonly UserStatus[] = ["active", "pending_verification"];

/** Where to go after signing in: a path of this console, never another site. */
export function signInSearch({ next, ended }: RawSearch): { next?: string | undefined; ended?: true | undefined } {
  const safe = typeof next === "string" && /^\/(?![/\\])/.test(next);
  return { next: safe ? next : undefined, ended: ended === true ? true : undefined };
}

/** A filter is a condition that the log is asked for; a search is for words among the live events. */
export function eventSearch({ filter, search }: RawSearch): {
  filter?: string | undefined;
  search?: string | undefined;
} {
  return { filter: text(filter), search: text(search) };
}

export function userSearch(raw: RawSearch): { search?: string | undefined; status?: UserStatus | undefined } {
  return { search: text(raw.search), status: USER_STATUSES.find((status) => status === raw.status) };
}

/** A search that looks like a number is parsed as one by the router. */
function text(value: unknown): string | undefined {
  return value === undefined || value === null || value === "" ? undefined : String(value);
}
