import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { User } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { RoleName } from "@/components/ui/role-names";
import { userName } from "@/features/directory/user-texts";
import { takeRole } from "@/features/grants/role-queries";
import { rolesQuery } from "@/features/roles/queries";
import { RoleWayOn } from "@/features/roles/role-way-on";
import { useSession } from "@/features/session/session-life";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { USERS } from "@/lib/query-keys";
import { useRoleWords } from "@/lib/role-words";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";

interface PromisedRolesProps {
  user: User;
  /** By their names. */
  roles: readonly string[];
  /** Whether the invitation was withdrawn: it promises them again once it is mailed again. */
  isWithdrawn: boolean;
}

/** What somebody holds once they have come; whoever may assign roles takes a promise back. */
export function PromisedRoles({ user, roles, isWithdrawn }: PromisedRolesProps) {
  const { t } = useLingui();
  const held = useSession()?.permissions ?? [];
  const maySee = holds(held, "roles.read");
  const known = useQuery({ ...rolesQuery, enabled: maySee }).data;
  const { nameOf } = useRoleWords();
  // Kept while the question closes, so that its words stay.
  const [taking, setTaking] = useState({ open: false, role: "" });
  const called = (role: string) => nameOf(known?.find(({ name }) => name === role) ?? { name: role });
  return (
    <div className="border-t">
      <p className="px-4 pt-3 pb-1 text-[0.8125rem] text-muted-foreground">
        {isWithdrawn ? (
          <Trans>Roles that are promised again if it is mailed again</Trans>
        ) : (
          <Trans>Roles that they will hold</Trans>
        )}
      </p>
      <ul aria-label={t`Promised roles`}>
        {roles.map((role) => {
          const name = called(role);
          return (
            <li key={role} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2 last:border-b-0">
              <span className="min-w-0 flex-1 break-words">
                {maySee ? (
                  <Link
                    to="/roles/$role"
                    params={{ role }}
                    className="rounded-sm font-medium underline-offset-2 hover:underline"
                  >
                    {name}
                  </Link>
                ) : (
                  <span className="font-medium">{name}</span>
                )}
                {name !== role && (
                  <span className="block text-muted-foreground">
                    <RoleName name={role} />
                  </span>
                )}
              </span>
              {holds(held, "roles.assign") && (
                <Button
                  size="small"
                  variant="ghost"
                  onClick={() => setTaking({ open: true, role })}
                  aria-label={t`Take back: ${name}`}
                >
                  <Trans>Take back…</Trans>
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      <TakeBack
        user={user}
        role={taking.role}
        called={called(taking.role)}
        open={taking.open}
        setOpen={(open) => setTaking({ ...taking, open })}
      />
    </div>
  );
}

interface TakeBackProps {
  user: User;
  role: string;
  /** What the role is called. */
  called: string;
  open: boolean;
  setOpen: (open: boolean) => void;
}

function TakeBack({ user, role, called, open, setOpen }: TakeBackProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const name = userName(user);
  const run = async () => {
    await takeRole(user.id, role);
    notify({ type: "success", title: t`The role is promised no more` });
    await queryClient.invalidateQueries({ queryKey: USERS });
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={setOpen}
      title={t`Promise ${name} the role ${called} no more?`}
      action={t`Take back`}
      run={run}
      returnFocus={() => false}
      wayOn={(error) => <RoleWayOn error={error} role={role} />}
    >
      <Trans>They do not hold it once they have come. The link that they were mailed stays good.</Trans>
    </ConfirmDialog>
  );
}
