/** The permissions that the console asks about; `resource.action`, as `crates/contracts` names them. */
export const PERMISSIONS = [
  "console.use",
  "health.read",
  "events.read",
  "captured-mail.read",
  "profile.write",
  "users.read",
  "users.write",
  "users.impersonate",
  "roles.read",
  "roles.write",
  "roles.assign",
  "sessions.read",
  "sessions.revoke",
  "security.read",
  "security.write",
  "keys.read",
  "keys.rotate",
  "api-keys.read",
  "api-keys.write",
  "api-keys.revoke",
  "service-accounts.read",
  "service-accounts.write",
  "organisations.create",
  "organisations.read",
  "organisations.write",
  "organisations.delete",
  "members.write",
  "teams.write",
  "audit.read",
  "audit.redact",
  "settings.read",
  "settings.write",
] as const;

export type PermissionName = (typeof PERMISSIONS)[number];

/** Whether a permission is among those held; without one nothing is needed. */
export const holds = (held: readonly string[], permission: PermissionName | undefined): boolean =>
  permission === undefined || held.includes(permission);
