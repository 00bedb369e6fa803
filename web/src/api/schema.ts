/**
 * The shapes that the admin service and the APIs behind it speak, as `crates/contracts` defines them.
 * Only types live here, so that a file generated from the OpenAPI documents can take this one's place.
 */

export type ServiceName = "gateway" | "auth" | "users" | "notifications" | "admin";
export type ServiceStatus = "up" | "degraded" | "down";
export type UserStatus = "active" | "inactive" | "suspended" | "pending_verification" | "deleted";

/** An error as RFC 9457 problem details. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string | null;
  request_id?: string | null;
  errors?: FieldError[];
  /** Seconds after which to try again. */
  retry_after?: number | null;
}

export interface FieldError {
  /** Path of the field in the input, such as `address.street`. */
  field: string;
  message: string;
}

export interface Page<Item> {
  items: Item[];
  /** Absent on the last page. */
  next_cursor?: string | null;
}

export interface ConsoleState {
  needs_setup: boolean;
  version: string;
}

/** Asks whether a one-time link is good. */
export interface LinkCheck {
  token: string;
}

export interface ResetRequest {
  token: string;
  password: string;
}

export interface SetupRequest {
  token: string;
  email: string;
  password: string;
  display_name?: string;
}

export interface LoginRequest {
  email: string;
  password: string;
}

export interface ConsoleSession {
  user_id: string;
  email: string;
  display_name: string | null;
  roles: string[];
  permissions: string[];
  /** When the session ends without use (RFC 3339). */
  idle_expires_at: string;
  /** When it ends in any case (RFC 3339). */
  expires_at: string;
}

export interface DependencyCheck {
  name: string;
  ok: boolean;
  /** Whether the service cannot take requests without it. */
  required: boolean;
  detail?: string | null;
  duration_ms: number;
}

export interface Announcement {
  instance: string;
  service: ServiceName;
  url: string;
  version: string;
  settings_version: number;
  started_at: string;
}

export interface ServiceHealth {
  service: ServiceName;
  status: ServiceStatus;
  checks: DependencyCheck[];
  latency_ms: number | null;
  instances: Announcement[];
  checked_at: string;
}

export interface Overview {
  services: ServiceHealth[];
}

export interface PlatformEvent {
  id: string;
  source: ServiceName;
  aggregate_id: string;
  aggregate_version: number;
  occurred_at: string;
  traceparent?: string;
  /** Such as `user.created`. */
  type: string;
  data: Record<string, unknown>;
}

export type LiveTopic = "health" | "events";

export type LiveRequest =
  | { op: "subscribe"; id: number; topic: LiveTopic; resume_after: number | null }
  | { op: "unsubscribe"; id: number };

export type LiveMessage =
  | { kind: "health"; id: number; sequence: number; services: ServiceHealth[] }
  | { kind: "events"; id: number; sequence: number; events: PlatformEvent[] }
  | { kind: "lagged"; id: number; missed: number }
  | { kind: "error"; id: number | null; detail: string };

/** The WebSocket is closed with this code when its session has ended. */
export const CLOSE_SESSION_ENDED = 4401;

/** The WebSocket is closed with this code when its user may no longer use the console. */
export const CLOSE_FORBIDDEN = 4403;

export interface User {
  id: string;
  email: string;
  username: string | null;
  first_name: string | null;
  last_name: string | null;
  display_name: string | null;
  bio: string | null;
  timezone: string;
  locale: string;
  status: UserStatus;
  is_verified: boolean;
  roles: string[];
  last_login_at: string | null;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface Role {
  id: string;
  name: string;
  display_name: string;
  description: string | null;
  level: number;
  is_system: boolean;
  organisation_id: string | null;
  permissions: string[];
}

export interface CapturedMailSummary {
  id: string;
  from: string;
  to: string;
  subject: string;
  captured_at: string;
}

export interface CapturedMail extends CapturedMailSummary {
  text: string;
  html: string | null;
}
