import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { User } from "@/api/schema";
import { Nothing, PageSection } from "@/components/layout/page-section";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { userName } from "@/features/directory/user-texts";
import { usedLast } from "@/features/security/method-words";
import { useSession } from "@/features/session/session-life";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { resetTwoFactor, userTwoFactorQuery } from "./queries";

/** The second factor of a user; whoever may, takes it away from somebody who has lost it. */
export function UserSecondFactor({ user }: { user: User }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const queryClient = useQueryClient();
  const mayReset = holds(useSession()?.permissions ?? [], "users.write");
  const [open, setOpen] = useState(false);
  const query = userTwoFactorQuery(user.id);
  const { data: status, error, refetch, isFetching } = useQuery(query);
  const name = userName(user);
  const reset = async (reason: string) => {
    await resetTwoFactor(user.id, reason);
    notify({ type: "success", title: t`The second factor is taken away` });
    await queryClient.invalidateQueries({ queryKey: query.queryKey });
  };
  const action = status?.enabled && mayReset && (
    <Button size="small" onClick={() => setOpen(true)}>
      <Trans>Take away…</Trans>
    </Button>
  );
  const facts: [label: string, value: string][] = status?.enabled
    ? [
        [t`Authenticator app since`, status.totp_since ? formatDateTime(status.totp_since) : "–"],
        [t`Passkeys`, String(status.passkeys)],
        [t`Used last`, usedLast(status, formatDateTime, t) ?? "–"],
        [t`Backup codes left`, String(status.backup_codes_left)],
      ]
    : [];
  return (
    <PageSection title={t`Second factor`} action={action}>
      {status?.enabled ? (
        <dl className="grid gap-x-6 gap-y-3 p-4 sm:grid-cols-4">
          {facts.map(([label, value]) => (
            <div key={label} className="min-w-0">
              <dt className="text-xs text-muted-foreground">{label}</dt>
              <dd className="mt-0.5 break-words">{value}</dd>
            </div>
          ))}
        </dl>
      ) : status ? (
        <Nothing>
          {status.required ? (
            <Trans>None yet. A role needs one: the next sign-in asks to set it up.</Trans>
          ) : (
            <Trans>None: the password alone signs in.</Trans>
          )}
        </Nothing>
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading the second factor`} className="p-3">
          <Skeleton className="h-12" />
        </Loading>
      )}
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t`Take the second factor of ${name} away?`}
        action={t`Take away`}
        tone="danger"
        leastReason={5}
        run={({ reason }) => reset(reason)}
      >
        <Trans>
          For whoever has lost app, passkeys and backup codes. They are signed out everywhere. The password alone signs
          in then, unless a role needs a second factor: then the next sign-in asks to set up another. Make sure that it
          is they who ask.
        </Trans>
      </ConfirmDialog>
    </PageSection>
  );
}
