import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { UserStatus as Status, User } from "@/api/schema";
import { useOver } from "@/components/form/use-over";
import { Nothing, PageSection } from "@/components/layout/page-section";
import { Button } from "@/components/ui/button";
import { userName } from "@/features/directory/user-texts";
import { useSession } from "@/features/session/session-life";
import { useRefreshed } from "@/features/sessions/refreshed";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { USERS } from "@/lib/query-keys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { changeStatus } from "./queries";

/** What an administrator can make of a user. */
type Order = Exclude<Status, "pending_verification">;

interface Asked {
  open: boolean;
  order: Order;
  version: number;
}

interface OrderTexts {
  /** The verb, in the question and on its button. */
  action: MessageDescriptor;
  /** The button that asks. */
  ask: MessageDescriptor;
  done: MessageDescriptor;
  effect: MessageDescriptor;
}

const SIGNED_OUT = msg`They are signed out at once, and sign in no more until somebody brings them back.`;

const ORDERS: Record<Order, OrderTexts> = {
  active: {
    action: msg`Bring back`,
    ask: msg`Bring back…`,
    done: msg`The user is back`,
    effect: msg`They sign in again as before: with the same password, second factor and roles.`,
  },
  inactive: {
    action: msg`Deactivate`,
    ask: msg`Deactivate…`,
    done: msg`The user is deactivated`,
    effect: SIGNED_OUT,
  },
  suspended: { action: msg`Suspend`, ask: msg`Suspend…`, done: msg`The user is suspended`, effect: SIGNED_OUT },
  deleted: {
    action: msg`Delete`,
    ask: msg`Delete…`,
    done: msg`The user is deleted`,
    effect: msg`They are signed out at once. Until they are erased, after the days that the settings say, somebody can bring them back.`,
  },
};

const GONE = msg`They never verified their address. They are gone at once, and the address is free.`;

/** What can come next. */
const NEXT: Record<Status, readonly Order[]> = {
  active: ["suspended", "inactive", "deleted"],
  pending_verification: ["deleted"],
  inactive: ["active", "suspended", "deleted"],
  suspended: ["active", "inactive", "deleted"],
  deleted: ["active"],
};

/** Where a user is in their life, why, and what an administrator can do about it. */
export function UserStatus({ user }: { user: User }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const queryClient = useQueryClient();
  const over = useOver([USERS]);
  const refreshSessions = useRefreshed(user.id);
  const isOneself = useSession()?.user_id === user.id;
  // Kept while the dialog closes, so that its words stay; and of the user as the question was asked.
  const [{ open, order, version }, setAsked] = useState<Asked>({ open: false, order: "suspended", version: 0 });
  const name = userName(user);
  const { action, done, effect } = ORDERS[order];
  const verb = t(action);
  const run = async (reason: string) => {
    await over(() => changeStatus(user.id, version, order, reason));
    notify({ type: "success", title: t(done) });
    await Promise.all([queryClient.invalidateQueries({ queryKey: USERS }), refreshSessions()]);
  };
  const actions = !isOneself && (
    <div className="flex flex-wrap gap-2">
      {NEXT[user.status].map((next) => (
        <Button key={next} size="small" onClick={() => setAsked({ open: true, order: next, version: user.version })}>
          {t(ORDERS[next].ask)}
        </Button>
      ))}
    </div>
  );
  const reason = user.status_reason;
  const deletedAt = user.deleted_at ? formatDateTime(user.deleted_at) : undefined;
  return (
    <PageSection title={t`Status`} action={actions}>
      <Nothing>
        {isOneself ? (
          <Trans>Nobody changes their own status. Another administrator can.</Trans>
        ) : deletedAt && reason ? (
          <Trans>
            Deleted on {deletedAt}: {reason}
          </Trans>
        ) : reason ? (
          <Trans>The reason: {reason}</Trans>
        ) : user.status === "pending_verification" ? (
          <Trans>Their address is not verified yet. Until it is, they are a guest, who may do next to nothing.</Trans>
        ) : (
          <Trans>Nothing stands in the way of a sign-in.</Trans>
        )}
      </Nothing>
      <ConfirmDialog
        open={open}
        onOpenChange={(next) => setAsked({ open: next, order, version })}
        title={t`${verb}: ${name}?`}
        action={verb}
        tone={order === "active" ? "primary" : "danger"}
        leastReason={1}
        run={({ reason }) => run(reason)}
      >
        {t(order === "deleted" && user.status === "pending_verification" ? GONE : effect)}
      </ConfirmDialog>
    </PageSection>
  );
}
