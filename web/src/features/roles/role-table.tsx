import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { Role } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { useRoleWords } from "@/lib/role-words";
import { ScopeBadge } from "./scope";

/** Roles, the highest first. */
export function RoleTable({ roles }: { roles: readonly Role[] }) {
  const { nameOf, aboutOf } = useRoleWords();
  const sorted = [...roles].sort(
    (left, right) => right.level - left.level || left.name.localeCompare(right.name, "en"),
  );
  return (
    <Card className="overflow-hidden">
      <table className="w-full table-fixed border-collapse text-left">
        <thead className="border-b text-xs text-muted-foreground">
          <tr>
            <th scope="col" className="h-9 px-4 font-medium">
              <Trans>Role</Trans>
            </th>
            <th scope="col" className="w-20 px-3 font-medium">
              <Trans>Level</Trans>
            </th>
            <th scope="col" className="w-44 px-3 font-medium max-sm:hidden">
              <Trans>Inherits from</Trans>
            </th>
            <th scope="col" className="w-32 px-3 font-medium max-md:hidden">
              <Trans>Permissions</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((role) => (
            <tr key={role.id} className="border-b last:border-b-0">
              <td className="px-4 py-2.5">
                <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
                  <Link
                    to="/roles/$role"
                    params={{ role: role.name }}
                    className="min-w-0 rounded-sm font-medium break-words underline-offset-2 hover:underline"
                  >
                    <bdi>{nameOf(role)}</bdi>
                  </Link>
                  {!role.is_system && (
                    <Badge>
                      <Trans>Custom</Trans>
                    </Badge>
                  )}
                  <ScopeBadge scope={role.scope} />
                </p>
                <p className="truncate font-mono text-xs text-muted-foreground">{role.name}</p>
                <p className="truncate text-[0.8125rem] text-muted-foreground empty:hidden max-sm:hidden">
                  {aboutOf(role)}
                </p>
              </td>
              <td className="px-3 tabular-nums">{role.level}</td>
              <td className="truncate px-3 font-mono text-xs max-sm:hidden">{role.parent ?? "–"}</td>
              <td className="px-3 tabular-nums max-md:hidden">{role.permissions.length}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
