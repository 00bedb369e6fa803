import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Ban, Check } from "lucide-react";
import { useState } from "react";
import type { DirectPermission, PermissionEffect } from "@/api/schema";
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
import { useNow } from "@/lib/use-now";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { InsideAlone } from "./inside-alone";
import { clearPermission, directPermissionsQuery } from "./permission-queries";
import { PutPermissionDialog } from "./put-permission";

/** What somebody is given or denied by itself, beside their roles; whoever may assign roles changes it. */
export function UserPermissions({ subject }: { subject: Subject }) {
  const { t } = useLingui();
  const { data, error, refetch, isFetching } = useQuery(directPermissionsQuery(subject.id));
  const mayAssign = holds(useSession()?.permissions ?? [], "roles.assign");
  // Kept while a dialog closes, so that its words stay.
  const [putting, setPutting] = useState<{ open: boolean; effect: PermissionEffect }>({ open: false, effect: "grant" });
  const [clearing, setClearing] = useState<{ open: boolean; held?: DirectPermission }>({ open: false });
  const actions = mayAssign && (
    <div className="flex flex-wrap gap-2">
      {!subject.isPending && (
        <Button size="small" onClick={() => setPutting({ open: true, effect: "grant" })}>
          <Trans>Give a permission…</Trans>
        </Button>
      )}
      <Button size="small" onClick={() => setPutting({ open: true, effect: "denial" })}>
        <Trans>Deny a permission…</Trans>
      </Button>
    </div>
  );
  return (
    <PageSection title={t`Permissions beside roles`} action={actions}>
      {data === undefined ? (
        error ? (
          <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
        ) : (
          <Loading label={t`Loading the permissions`} className="p-4">
            <Skeleton className="h-6" />
          </Loading>
        )
      ) : data.items.length === 0 ? (
        <Nothing>
          <Trans>Nothing is given or denied by itself: what the roles allow holds.</Trans>
        </Nothing>
      ) : (
        <ul>
          {data.items.map((held) => (
            <Held
              key={`${held.permission} ${held.organisation_id} ${held.effect}`}
              held={held}
              onClear={mayAssign ? () => setClearing({ open: true, held }) : undefined}
            />
          ))}
        </ul>
      )}
      {mayAssign && (
        <PutPermissionDialog
          subject={subject}
          effect={putting.effect}
          open={putting.open}
          onClose={() => setPutting({ ...putting, open: false })}
        />
      )}
      {clearing.held && (
        <ClearPermission
          subject={subject}
          held={clearing.held}
          open={clearing.open}
          setOpen={(open) => setClearing({ ...clearing, open })}
        />
      )}
    </PageSection>
  );
}

function Held({ held, onClear }: { held: DirectPermission; onClear: (() => void) | undefined }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const now = useNow(60_000);
  const isDenial = held.effect === "denial";
  const Icon = isDenial ? Ban : Check;
  const end = held.expires_at ? formatDateTime(held.expires_at) : undefined;
  const isOver = held.expires_at !== null && Date.parse(held.expires_at) <= now;
  const { permission, organisation_id: organisation } = held;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2.5 last:border-b-0">
      <Badge tone={isOver ? "neutral" : isDenial ? "danger" : "success"}>
        <Icon aria-hidden />
        {isDenial ? t`Denied` : t`Given`}
      </Badge>
      <span className="min-w-0 flex-1">
        <span className="font-mono text-xs break-words">{permission}</span>
        <span className="block text-[0.8125rem] text-muted-foreground">
          {isOver ? t`Ended: ${end}` : end ? t`Until ${end}` : t`For good`}
          {organisation && <InsideAlone organisation={organisation} />}
        </span>
        {held.condition !== null && (
          <span className="block text-[0.8125rem] text-muted-foreground">
            <Trans>
              Only while <code className="font-mono text-xs break-words">{held.condition}</code>
            </Trans>
          </span>
        )}
      </span>
      {onClear && (
        <Button size="small" variant="ghost" onClick={onClear} aria-label={t`Take away: ${permission}`}>
          <Trans>Take away…</Trans>
        </Button>
      )}
    </li>
  );
}

interface ClearPermissionProps {
  subject: Subject;
  held: DirectPermission;
  open: boolean;
  setOpen: (open: boolean) => void;
}

function ClearPermission({ subject, held, open, setOpen }: ClearPermissionProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const { permission } = held;
  const { name } = subject;
  const run = async () => {
    await clearPermission(subject.id, held);
    notify({ type: "success", title: t`What the roles allow holds again` });
    await Promise.all(subject.keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={setOpen}
      title={t`Take away ${permission}?`}
      action={t`Take away`}
      run={run}
      returnFocus={() => false}
      wayOn={(error) => <RoleWayOn error={error} permission={permission} />}
    >
      {held.effect === "denial" ? (
        <Trans>The denial ends at once: {name} may do it again where a role allows it.</Trans>
      ) : (
        <Trans>The grant ends at once: {name} may do it where a role allows it alone.</Trans>
      )}
    </ConfirmDialog>
  );
}
