/** The permissions that the console asks about; `resource.action`, as `crates/contracts` names them. */
export type PermissionName = "health.read" | "events.read" | "captured-mail.read" | "users.read";

/** The entries that somebody with these permissions may use; one without a permission is for everybody. */
export function allowed<Entry extends { permission?: PermissionName }>(
  entries: readonly Entry[],
  held: readonly string[],
): Entry[] {
  const names = new Set(held);
  return entries.filter(({ permission }) => permission === undefined || names.has(permission));
}
