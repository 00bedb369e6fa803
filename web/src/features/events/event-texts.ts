import type { PlatformEvent } from "@/api/schema";

/** The fields that say whom or what an event is about, best first. */
const SUBJECT_FIELDS = ["email", "kind", "ip_address", "user_id", "notification_id"];

/** Whom or what an event is about, in a few words. */
export function eventSubject({ data, aggregate_id }: PlatformEvent): string {
  const user = data.user;
  const fields = typeof user === "object" && user !== null ? { ...data, ...user } : data;
  const subject = SUBJECT_FIELDS.map((name) => (fields as Record<string, unknown>)[name]).find(
    (value): value is string => typeof value === "string" && value !== "",
  );
  const reason = typeof data.reason === "string" ? ` – ${data.reason}` : "";
  return `${subject ?? aggregate_id}${reason}`;
}

/** Whether an event's name says that something failed. */
export const isFailure = (type: string): boolean => type.endsWith("failed");
