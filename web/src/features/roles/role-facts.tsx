import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { RoleDetail } from "@/api/schema";
import { Card } from "@/components/ui/card";
import { People } from "./people";
import { ScopeName } from "./scope";

/** Where a role stands, and who hangs on it. */
export function RoleFacts({ detail: { role, holders, touches, children } }: { detail: RoleDetail }) {
  const { t } = useLingui();
  const facts: [label: string, value: ReactNode][] = [
    [
      t`Name`,
      <code key="name" className="font-mono text-xs select-all">
        {role.name}
      </code>,
    ],
    [t`Where it is held`, <ScopeName key="scope" scope={role.scope} />],
    [t`Level`, role.level],
    [t`Inherits from`, role.parent ? <RoleLinks key="parent" names={[role.parent]} /> : "–"],
    [t`Passes on to`, children.length > 0 ? <RoleLinks key="children" names={children} /> : "–"],
    [t`Held by`, <People key="holders" count={holders} />],
    [t`Touched by a change of its permissions`, <People key="touches" count={touches} />],
  ];
  return (
    <Card className="p-4 sm:p-5">
      <dl className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] lg:grid-cols-[repeat(3,minmax(0,1fr))]">
        {facts.map(([label, value]) => (
          <div key={label} className="min-w-0">
            <dt className="text-xs text-muted-foreground">{label}</dt>
            <dd className="mt-0.5 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function RoleLinks({ names }: { names: readonly string[] }) {
  return (
    <span className="flex flex-wrap gap-x-3">
      {names.map((name) => (
        <Link
          key={name}
          to="/roles/$role"
          params={{ role: name }}
          className="rounded-sm underline underline-offset-2 hover:text-muted-foreground"
        >
          {name}
        </Link>
      ))}
    </span>
  );
}
