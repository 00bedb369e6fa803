import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import type { PermissionInfo } from "@/api/schema";
import { buttonVariants } from "@/components/ui/button";
import { useSession } from "@/features/session/session-life";
import { cn } from "@/lib/cn";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { ROLES } from "@/lib/query-keys";
import { Checkbox } from "@/parts/checkbox";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { logDecisions } from "./queries";
import { RoleWayOn } from "./role-way-on";

/** What logged decisions are, and the way to all of them. */
export function LoggedDecisionsHint() {
  const { t } = useLingui();
  const maySeeLog = holds(useSession()?.permissions ?? [], "audit.read");
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2 text-[0.8125rem] text-muted-foreground">
      <p className="flex max-w-prose gap-1.5">
        <ScrollText aria-hidden className="mt-0.5 size-4 shrink-0" />
        <span>
          <Trans>
            Logged: the audit log has each decision about the permission, with who asked for what, on what, and by which
            grant it was allowed or why not. Each call that demands it is a row there.
          </Trans>
        </span>
      </p>
      {maySeeLog && (
        <Link
          to="/audit"
          search={{ action: "decide" }}
          className={cn(buttonVariants({ size: "small" }), "shrink-0 text-foreground")}
        >
          {t`All logged decisions`}
        </Link>
      )}
    </div>
  );
}

interface LoggedSwitchProps {
  permission: PermissionInfo;
  /** Asks before it is changed. */
  onAsk: (permission: PermissionInfo) => void;
}

/** Whether decisions about a permission are logged: changed by whoever may change roles and holds it. */
export function LoggedSwitch({ permission, onAsk }: LoggedSwitchProps) {
  const { t } = useLingui();
  const held = useSession()?.permissions ?? [];
  const { name, log_decisions: isLogged = false } = permission;
  const mayChange = holds(held, "roles.write") && held.includes(name);
  return (
    <span className="inline-flex items-center gap-2 align-middle">
      {mayChange ? (
        <Checkbox
          aria-label={t`Log decisions about ${name}`}
          checked={isLogged}
          // What is asked first changes nothing yet.
          onChange={() => onAsk(permission)}
        />
      ) : (
        !isLogged && (
          <span className="text-muted-foreground">
            <span aria-hidden>·</span>
            <span className="sr-only">{t`not logged`}</span>
          </span>
        )
      )}
      {isLogged && <LoggedMark permission={name} />}
    </span>
  );
}

/** Says that decisions about a permission are logged, and leads to them. */
function LoggedMark({ permission }: { permission: string }) {
  const { t } = useLingui();
  const maySeeLog = holds(useSession()?.permissions ?? [], "audit.read");
  const mark = (
    <>
      <ScrollText aria-hidden className="size-3.5" />
      <Trans>logged</Trans>
    </>
  );
  const look = "inline-flex items-center gap-1 font-sans text-xs whitespace-nowrap";
  if (!maySeeLog) return <span className={look}>{mark}</span>;
  return (
    <Link
      to="/audit"
      search={{ action: "decide", resource: "permission", resource_id: permission }}
      aria-label={t`logged: decisions about ${permission}`}
      className={cn(look, "rounded-sm underline decoration-border underline-offset-4 hover:decoration-current")}
    >
      {mark}
    </Link>
  );
}

interface AskToLogProps {
  /** As it was when it was asked: it changes while the dialog closes. */
  permission: PermissionInfo;
  open: boolean;
  setOpen: (open: boolean) => void;
}

/** Says what is logged, or no more, before that changes. */
export function AskToLog({ permission, open, setOpen }: AskToLogProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const { name, log_decisions: isLogged = false } = permission;
  const run = async () => {
    await logDecisions(name, !isLogged);
    const title = isLogged ? t`Decisions about ${name} are not logged any more` : t`Decisions about ${name} are logged`;
    notify({ type: "success", title });
    await queryClient.invalidateQueries({ queryKey: ROLES });
  };
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={setOpen}
      title={isLogged ? t`Log decisions about ${name} no more?` : t`Log each decision about ${name}?`}
      action={isLogged ? t`Log no more` : t`Log them`}
      run={run}
      wayOn={(error) => <RoleWayOn error={error} permission={name} />}
    >
      {isLogged ? (
        <Trans>What is in the audit log stays there. What is decided from now on leaves no trace in it.</Trans>
      ) : (
        <Trans>
          From now on the audit log tells of each who asks for it, on what, and by which grant it was allowed or why
          not. Each call that demands it costs a row, kept as long as the rest of the log: for what is asked often, that
          is much.
        </Trans>
      )}
    </ConfirmDialog>
  );
}
