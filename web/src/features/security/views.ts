import type { LoginAttemptStatus, LoginFailure, SecurityEventKind } from "@/api/schema";
import type { CommonFilter } from "@/components/form/filter-fields";
import { searchText } from "@/lib/search-text";

/** The tabs of the security page, as its address names them. */
export const SECURITY_VIEWS = ["events", "attempts", "throttles", "keys"] as const;

export type SecurityView = (typeof SECURITY_VIEWS)[number];

/** How much a security event matters, from least to most. */
export const SEVERITY_NAMES = ["low", "medium", "high"] as const;

export type Severity = (typeof SEVERITY_NAMES)[number];

export interface EventFilter extends CommonFilter {
  kind?: SecurityEventKind | undefined;
  severity?: Severity | undefined;
}

export interface AttemptFilter extends CommonFilter {
  status?: LoginAttemptStatus | undefined;
  failure?: LoginFailure | undefined;
  /** The server's word for a method, such as `password+totp`. */
  method?: string | undefined;
  /** An IP address. */
  address?: string | undefined;
}

/** What the page's address says. */
export type SecuritySearch = { view?: SecurityView | undefined } & EventFilter & AttemptFilter;

/** Words of the server that stand in the address; of which there are, it is asked itself. */
const WORD = /^[a-z_.+]{1,60}$/;
const LONGEST = 254;

const word = <Word extends string>(value: unknown) =>
  typeof value === "string" && WORD.test(value) ? (value as Word) : undefined;

const text = (value: unknown) => searchText(value)?.trim().slice(0, LONGEST) || undefined;

const moment = (value: unknown) => {
  const at = new Date(String(value));
  return typeof value === "string" && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
};

/** Reads the page's address; what it says wrongly is left out. */
export const readSecuritySearch = (search: Record<string, unknown>): SecuritySearch => ({
  view: SECURITY_VIEWS.find((known) => known === search.view),
  kind: word<SecurityEventKind>(search.kind),
  severity: SEVERITY_NAMES.find((known) => known === search.severity),
  status: (["success", "failed", "blocked", "suspicious"] as const).find((known) => known === search.status),
  failure: word<LoginFailure>(search.failure),
  method: word(search.method),
  address: text(search.address),
  email: text(search.email),
  since: moment(search.since),
  until: moment(search.until),
});
