import { isId } from "@/lib/id";
import { searchText } from "@/lib/search-text";

/** What the audit log can be narrowed by; what is given must all be so. */
export interface AuditFilter {
  /** The id of a user: what they did, and what was done to them. */
  about?: string | undefined;
  /** The id of a user, key or client, or the name of a service: what they did. */
  principal?: string | undefined;
  /** The id of a user: what they did as somebody else. */
  actor?: string | undefined;
  action?: string | undefined;
  resource?: string | undefined;
  resource_id?: string | undefined;
  organisation?: string | undefined;
  service?: Service | undefined;
  ip_address?: string | undefined;
  outcome?: Outcome | undefined;
  /** From this moment on, ISO 8601. */
  since?: string | undefined;
  /** Before this moment, ISO 8601. */
  until?: string | undefined;
}

export const SERVICES = ["gateway", "auth", "users", "notifications", "admin"] as const;
export type Service = (typeof SERVICES)[number];

/** Whether something was done, or only tried. */
export const OUTCOMES = ["done", "failed"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const isAddress = (text: string) => /^(\d{1,3}(\.\d{1,3}){3}|[\da-f:.]*:[\da-f:.]*)$/i.test(text);

/** The longest text that the server takes. */
const LONGEST = 255;

const text = (value: unknown) => searchText(value)?.trim().slice(0, LONGEST) || undefined;

const only = (value: unknown, isOne: (text: string) => boolean) => {
  const given = text(value);
  return given !== undefined && isOne(given) ? given : undefined;
};

const moment = (value: unknown) => {
  const at = new Date(String(value));
  return typeof value === "string" && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
};

/** Reads the page's address; what it says wrongly is left out. */
export const readAuditSearch = (search: Record<string, unknown>): AuditFilter => ({
  about: only(search.about, isId),
  principal: text(search.principal),
  actor: only(search.actor, isId),
  action: text(search.action),
  resource: text(search.resource),
  resource_id: text(search.resource_id),
  organisation: only(search.organisation, isId),
  service: SERVICES.find((known) => known === search.service),
  ip_address: only(search.ip_address, isAddress),
  outcome: OUTCOMES.find((known) => known === search.outcome),
  since: moment(search.since),
  until: moment(search.until),
});

/** The filter as the server takes it. */
export function asked({ outcome, ...filter }: AuditFilter) {
  return { ...filter, success: outcome && outcome === "done" };
}
