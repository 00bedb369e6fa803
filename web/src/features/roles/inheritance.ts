import type { PermissionInfo, Role } from "@/api/schema";

/** How a role has a permission: by itself, from which role further up, or not at all. */
export type Holding = { by: "itself" } | { by: "inheritance"; from: string } | { by: "nothing" };

/** A role's parent, its parent, and so on up. */
export function ancestors(role: Role, roles: readonly Role[]): Role[] {
  const found: Role[] = [];
  let at: Role | undefined = role;
  while (at) {
    const name: string | null = at.parent;
    at = roles.find((other) => other.name === name);
    if (!at || found.includes(at)) break;
    found.push(at);
  }
  return found;
}

/** The nearest role further up that gives a permission, whatever the role gives by itself. */
export const inheritedFrom = (role: Role, permission: string, roles: readonly Role[]): string | undefined =>
  ancestors(role, roles).find((ancestor) => ancestor.own_permissions.includes(permission))?.name;

/** How a role has a permission. */
export function holding(role: Role, permission: string, roles: readonly Role[]): Holding {
  if (role.own_permissions.includes(permission)) return { by: "itself" };
  const from = inheritedFrom(role, permission, roles);
  return from === undefined ? { by: "nothing" } : { by: "inheritance", from };
}

/** Permissions by what they are about, both in the order of the alphabet. */
export function byResource(permissions: readonly PermissionInfo[]): [resource: string, PermissionInfo[]][] {
  const groups = new Map<string, PermissionInfo[]>();
  for (const permission of permissions) {
    groups.set(permission.resource, [...(groups.get(permission.resource) ?? []), permission]);
  }
  return [...groups].sort(([left], [right]) => left.localeCompare(right, "en"));
}

export interface PermissionDiff {
  given: string[];
  taken: string[];
}

/** What a list of permissions gives and takes beside another one. */
export const diffOf = (before: readonly string[], after: readonly string[]): PermissionDiff => ({
  given: after.filter((name) => !before.includes(name)).sort(),
  taken: before.filter((name) => !after.includes(name)).sort(),
});

/** What was staged over a list of permissions, staged over what that has become. */
export function rebased(before: readonly string[], staged: readonly string[], now: readonly string[]): string[] {
  const { given, taken } = diffOf(before, staged);
  return [...now.filter((name) => !taken.includes(name)), ...given.filter((name) => !now.includes(name))];
}
