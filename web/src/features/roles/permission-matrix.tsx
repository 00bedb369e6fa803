import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { ArrowUp, Check } from "lucide-react";
import { Fragment, useState } from "react";
import type { PermissionInfo, Role } from "@/api/schema";
import { Card } from "@/components/ui/card";
import { usePermissionWords } from "@/lib/permission-words";
import { byResource, holding } from "./inheritance";
import { AskToLog, LoggedDecisionsHint, LoggedSwitch } from "./logged-decisions";
import { ScopeBadge } from "./scope";

interface PermissionMatrixProps {
  roles: readonly Role[];
  permissions: readonly PermissionInfo[];
}

/** Which role has which permission, and from where. */
export function PermissionMatrix({ roles, permissions }: PermissionMatrixProps) {
  const { t } = useLingui();
  const wordsOf = usePermissionWords();
  // Kept while the question closes, so that its words stay.
  const [asked, setAsked] = useState<{ open: boolean; permission?: PermissionInfo }>({ open: false });
  const columns = [...roles].sort(
    (left, right) => left.level - right.level || left.name.localeCompare(right.name, "en"),
  );
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <p className="flex flex-wrap gap-x-5 gap-y-1 text-[0.8125rem] text-muted-foreground">
        <span className="inline-flex items-center gap-1.5">
          <Check aria-hidden className="size-4 text-foreground" />
          <Trans>given by the role itself</Trans>
        </span>
        <span className="inline-flex items-center gap-1.5">
          <ArrowUp aria-hidden className="size-4" />
          <Trans>inherited from a role further up</Trans>
        </span>
      </p>
      <LoggedDecisionsHint />
      <Card className="overflow-hidden">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        <section aria-label={t`Permissions of all roles`} tabIndex={0} className="relative overflow-x-auto">
          <table className="w-max min-w-full border-collapse text-left">
            <thead className="border-b text-xs text-muted-foreground">
              <tr>
                <th scope="col" className="sticky left-0 z-10 h-9 bg-card px-4 font-medium">
                  <Trans>Permission</Trans>
                </th>
                <th scope="col" className="px-3 font-medium">
                  <Trans>Logged</Trans>
                </th>
                {columns.map((role) => (
                  <th key={role.id} scope="col" className="px-3 text-center font-mono font-medium">
                    <Link
                      to="/roles/$role"
                      params={{ role: role.name }}
                      className="rounded-sm underline-offset-2 hover:underline"
                    >
                      {role.name}
                    </Link>
                    {role.scope !== "global" && (
                      <span className="mt-1 block font-sans">
                        <ScopeBadge scope={role.scope} />
                      </span>
                    )}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {byResource(permissions).map(([resource, ofResource]) => (
                <Fragment key={resource}>
                  <tr className="border-b bg-muted">
                    <th
                      scope="colgroup"
                      colSpan={columns.length + 2}
                      className="px-4 py-1.5 text-xs font-semibold tracking-tight"
                    >
                      <span className="sticky left-4">{resource}</span>
                    </th>
                  </tr>
                  {ofResource.map((permission) => (
                    <tr key={permission.id} className="border-b last:border-b-0">
                      <th
                        scope="row"
                        title={wordsOf(permission)}
                        className="sticky left-0 z-10 bg-card px-4 py-1.5 font-mono text-xs font-normal"
                      >
                        {permission.name}
                      </th>
                      <td className="px-3">
                        <LoggedSwitch
                          permission={permission}
                          onAsk={(permission) => setAsked({ open: true, permission })}
                        />
                      </td>
                      {columns.map((role) => (
                        <Cell key={role.id} role={role} permission={permission.name} roles={roles} />
                      ))}
                    </tr>
                  ))}
                </Fragment>
              ))}
            </tbody>
          </table>
        </section>
      </Card>
      {asked.permission && (
        <AskToLog permission={asked.permission} open={asked.open} setOpen={(open) => setAsked({ ...asked, open })} />
      )}
    </div>
  );
}

function Cell({ role, permission, roles }: { role: Role; permission: string; roles: readonly Role[] }) {
  const { t } = useLingui();
  const held = holding(role, permission, roles);
  if (held.by === "nothing") {
    return (
      <td className="px-3 text-center text-muted-foreground">
        <span aria-hidden>·</span>
        <span className="sr-only">{t`no`}</span>
      </td>
    );
  }
  const isOwn = held.by === "itself";
  const from = held.by === "inheritance" ? held.from : "";
  const words = isOwn ? t`given by the role itself` : t`inherited from ${from}`;
  const Icon = isOwn ? Check : ArrowUp;
  return (
    <td className="px-3 text-center" title={words}>
      <Icon aria-hidden className={isOwn ? "inline size-4" : "inline size-4 text-muted-foreground"} />
      <span className="sr-only">{words}</span>
    </td>
  );
}
