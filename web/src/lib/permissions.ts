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

/** What a session holds: everywhere, and of what belongs to the organisation for which it acts. */
export interface Held {
  permissions: readonly string[];
  organisation?: { id: string; permissions: readonly string[] } | null;
}

/** What is held of what belongs to an organisation: inside it as well, while one acts for it. */
export const heldOf = (session: Held | null, organisation: string): readonly string[] =>
  session?.organisation?.id === organisation ? session.organisation.permissions : (session?.permissions ?? []);

/** Of what a page shows. */
export interface PageNeeds {
  /** The permission without which nobody sees it. */
  permission?: PermissionName | undefined;
  /** Whether it shows their part to those who hold that inside the organisation for which they act. */
  inside?: boolean | undefined;
}

/** Whether a session may see a page. @param organisation whose page it is, where it is one's */
export function maySee(session: Held | null, { permission, inside }: PageNeeds, organisation?: string): boolean {
  if (holds(session?.permissions ?? [], permission)) return true;
  const actsFor = session?.organisation;
  if (!inside || !actsFor || (organisation !== undefined && organisation !== actsFor.id)) return false;
  return holds(actsFor.permissions, permission);
}
