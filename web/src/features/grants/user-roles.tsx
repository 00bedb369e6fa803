import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { HeldRole } from "@/api/schema";
import { Nothing, PageSection } from "@/components/layout/page-section";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { Subject } from "@/features/directory/subject";
import { RoleWayOn } from "@/features/roles/role-way-on";
import { useSession } from "@/features/session/session-life";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { useRoleWords } from "@/lib/role-words";
import { useNow } from "@/lib/use-now";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { GiveRoleDialog } from "./give-role";
import { InsideAlone } from "./inside-alone";
import { heldRolesQuery, takeRole } from "./role-queries";

/** The roles that somebody holds; whoever may assign roles gives and takes them. */
export function UserRoles({ subject }: { subject: Subject }) {
  const { t } = useLingui();
  const { data, error, refetch, isFetching } = useQuery(heldRolesQuery(subject.id));
  const mayAssign = holds(useSession()?.permissions ?? [], "roles.assign");
  const [giving, setGiving] = useState(false);
  // Kept while the question closes, so that its words stay.
  const [taking, setTaking] = useState<{ open: boolean; held?: HeldRole }>({ open: false });
  const give = mayAssign && !subject.isPending && (
    <Button size="small" onClick={() => setGiving(true)}>
      <Trans>Give a role…</Trans>
    </Button>
  );
  return (
    <PageSection title={t`Roles`} action={give}>
      {data === undefined ? (
        error ? (
          <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
        ) : (
          <Loading label={t`Loading the roles`} className="p-4">
            <Skeleton className="h-6" />
          </Loading>
        )
      ) : data.items.length === 0 ? (
        <Nothing>
          <Trans>They hold no role.</Trans>
        </Nothing>
      ) : (
        <ul>
          {data.items.map((held) => (
            <Held
              key={`${held.role} ${held.organisation_id} ${held.team_id}`}
              held={held}
              onTake={mayAssign && isTaken(held) ? () => setTaking({ open: true, held }) : undefined}
            />
          ))}
        </ul>
      )}
      {mayAssign && <GiveRoleDialog subject={subject} open={giving} onClose={() => setGiving(false)} />}
      {taking.held && (
        <TakeRole
          subject={subject}
          held={taking.held}
          open={taking.open}
          setOpen={(open) => setTaking({ ...taking, open })}
        />
      )}
    </PageSection>
  );
}

/** Whether it can be taken away here: those of organisations are taken there, and guest is what somebody is until their address is
 * verified. */
const isTaken = ({ role, organisation_id: organisation }: HeldRole) => organisation === null && role !== "guest";

function Held({ held, onTake }: { held: HeldRole; onTake: (() => void) | undefined }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const now = useNow(60_000);
  const { role, display_name, organisation_id: organisation, team_name: team } = held;
  const name = useRoleWords().nameOf({ name: role, display_name });
  const end = held.expires_at ? formatDateTime(held.expires_at) : undefined;
  const isOver = held.expires_at !== null && Date.parse(held.expires_at) <= now;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2.5 last:border-b-0">
      <span className="min-w-0 flex-1">
        <Link
          to="/roles/$role"
          params={{ role }}
          className="rounded-sm font-medium break-words underline-offset-2 hover:underline"
        >
          {name}
        </Link>
        <span className="block text-[0.8125rem] text-muted-foreground">
          <span className="font-mono text-xs">{role}</span> ·{" "}
          {isOver ? t`Ended: ${end}` : end ? t`Until ${end}` : t`For good`}
          {organisation && <InsideAlone organisation={organisation} team={team} />}
          {held.own_only && <> · {t`for what is their own alone`}</>}
        </span>
        {held.condition !== null && (
          <span className="block text-[0.8125rem] text-muted-foreground">
            <Trans>
              Only while <code className="font-mono text-xs break-words">{held.condition}</code>
            </Trans>
          </span>
        )}
      </span>
      {isOver && (
        <Badge tone="neutral">
          <Trans>Ended</Trans>
        </Badge>
      )}
      {onTake && (
        <Button size="small" variant="ghost" onClick={onTake} aria-label={t`Take away: ${name}`}>
          <Trans>Take away…</Trans>
        </Button>
      )}
    </li>
  );
}

interface TakeRoleProps {
  subject: Subject;
  held: HeldRole;
  open: boolean;
  setOpen: (open: boolean) => void;
}

function TakeRole({ subject, held, open, setOpen }: TakeRoleProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const role = useRoleWords().nameOf({ name: held.role, display_name: held.display_name });
  const { name } = subject;
  const run = async () => {
    await takeRole(subject.id, held.role);
    notify({ type: "success", title: t`The role is taken away` });
    await Promise.all(subject.keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={setOpen}
      title={t`Take the role ${role} from ${name}?`}
      action={t`Take away`}
      run={run}
      returnFocus={() => false}
      wayOn={(error) => <RoleWayOn error={error} role={held.role} />}
    >
      <Trans>What it allows ends at once, wherever they are signed in.</Trans>
    </ConfirmDialog>
  );
}
