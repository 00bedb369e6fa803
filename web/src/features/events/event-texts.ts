import type { Event as PlatformEvent } from "@/api/schema";

/** The fields that say whom an event is about, best first; what it is about stands before. */
const SUBJECT_FIELDS = ["email", "user_id", "ip_address", "notification_id"];

/** Whom or what an event is about, in a few words. */
export function eventSubject({ data, aggregate_id }: PlatformEvent): string {
  const user = data.user;
  const fields = typeof user === "object" && user !== null ? { ...data, ...user } : data;
  const subject = SUBJECT_FIELDS.map((name) => (fields as Record<string, unknown>)[name]).find(
    (value): value is string => typeof value === "string" && value !== "",
  );
  const kind = typeof data.kind === "string" ? `${data.kind} · ` : "";
  const reason = typeof data.reason === "string" ? ` – ${data.reason}` : "";
  return `${kind}${subject ?? aggregate_id}${reason}`;
}

/** Whether an event's name says that something failed. */
export const isFailure = (type: string): boolean => type.endsWith("failed");
