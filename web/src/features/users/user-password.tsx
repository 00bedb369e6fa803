import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { User } from "@/api/schema";
import { Nothing, PageSection } from "@/components/layout/page-section";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { userName } from "@/features/directory/user-texts";
import { notify } from "@/lib/notify";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { orderPasswordReset, userTwoFactorQuery } from "./queries";

/** The password of a user: nobody sees or chooses it, but another one can be ordered. */
export function UserPassword({ user }: { user: User }) {
  const { t } = useLingui();
  const [open, setOpen] = useState(false);
  const name = userName(user);
  const { email } = user;
  const isActive = user.status === "active";
  const client = useQueryClient();
  const query = userTwoFactorQuery(user.id);
  const { data: status } = useQuery(query);
  const order = async (reason: string) => {
    await orderPasswordReset(user.id, reason);
    await client.invalidateQueries({ queryKey: query.queryKey });
    notify({ type: "success", title: t`A new password is ordered`, description: t`A mail to ${email} is on its way.` });
  };
  const action = isActive && (
    <Button size="small" onClick={() => setOpen(true)}>
      <Trans>Order a new password…</Trans>
    </Button>
  );
  return (
    <PageSection title={t`Password`} action={action}>
      <Nothing>
        {status?.password_change_ordered ? (
          <>
            <Badge tone="warning">
              <Trans>Ordered</Trans>
            </Badge>{" "}
            <Trans>
              A new one is ordered and not chosen yet: the next sign-in with the password of now asks for another one.
            </Trans>
          </>
        ) : status?.has_password === false && user.status === "pending_verification" ? (
          <Trans>None yet: they choose it by the link that they are mailed.</Trans>
        ) : status?.has_password === false ? (
          <Trans>None: a linked account or a passkey signs in.</Trans>
        ) : isActive ? (
          <Trans>Nobody but the user sees or chooses it. Order a new one where it may be known to others.</Trans>
        ) : (
          <Trans>A new one can be ordered of active users only.</Trans>
        )}
      </Nothing>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t`Order a new password of ${name}?`}
        action={t`Order`}
        leastReason={5}
        run={({ reason }) => order(reason)}
      >
        <Trans>
          A link to choose a new password is mailed to {email}. Until that is done, each sign-in with the password of
          now asks for another one. Sessions that are open stay open.
        </Trans>
      </ConfirmDialog>
    </PageSection>
  );
}
