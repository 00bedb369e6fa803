import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { User } from "@/api/schema";
import { Nothing, PageSection } from "@/components/layout/page-section";
import { Button } from "@/components/ui/button";
import { userName } from "@/features/directory/user-texts";
import { useSession } from "@/features/session/session-life";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { holds } from "@/lib/permissions";
import { USERS } from "@/lib/query-keys";
import { useNow } from "@/lib/use-now";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { PromisedRoles } from "./promised-roles";
import { invitationQuery, sendInvitation, withdrawInvitation } from "./queries";

/** The invitation of somebody who has not come yet: whether it was mailed, what it promises, and what may be done about that. */
export function UserInvitation({ user }: { user: User }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const now = useNow(60_000);
  const mayWrite = holds(useSession()?.permissions ?? [], "users.write");
  const queryClient = useQueryClient();
  const { data: invitation } = useQuery(invitationQuery(user.id));
  const [asked, setAsked] = useState<"send" | "withdraw" | null>(null);
  // Who came by themselves has none.
  if (!invitation) return null;
  const name = userName(user);
  const { sent_at, expires_at, withdrawn_at, roles } = invitation;
  const sent = sent_at && formatDateTime(sent_at);
  const until = expires_at && formatDateTime(expires_at);
  const isOver = expires_at !== null && Date.parse(expires_at) <= now;
  const withdrawn = withdrawn_at && formatDateTime(withdrawn_at);
  const run = async () => {
    if (asked === "withdraw") await withdrawInvitation(user.id);
    else await sendInvitation(user.id);
    notify({
      type: "success",
      title: asked === "withdraw" ? t`The invitation is withdrawn` : t`The invitation is on its way`,
    });
    await queryClient.invalidateQueries({ queryKey: USERS });
  };
  const actions = mayWrite && (
    <div className="flex flex-wrap gap-2">
      <Button size="small" onClick={() => setAsked("send")}>
        {sent ? t`Mail it again…` : t`Mail it…`}
      </Button>
      {sent && !withdrawn && (
        <Button size="small" onClick={() => setAsked("withdraw")}>
          {t`Withdraw…`}
        </Button>
      )}
    </div>
  );
  return (
    <PageSection title={t`Invitation`} action={actions}>
      <Nothing>
        {withdrawn ? (
          <Trans>Withdrawn on {withdrawn}.</Trans>
        ) : sent && isOver ? (
          <Trans>
            Mailed on {sent}; the link was good until {until}.
          </Trans>
        ) : sent ? (
          <Trans>
            Mailed on {sent}; the link is good until {until}.
          </Trans>
        ) : (
          <Trans>Not mailed yet.</Trans>
        )}
      </Nothing>
      {roles.length > 0 && <PromisedRoles user={user} roles={roles} isWithdrawn={withdrawn !== null} />}
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={asked === "withdraw" ? t`Withdraw the invitation of ${name}?` : t`Mail ${name} the invitation?`}
        action={asked === "withdraw" ? t`Withdraw` : t`Mail it`}
        tone={asked === "withdraw" ? "danger" : "primary"}
        run={run}
      >
        {asked === "withdraw" ? (
          <Trans>Links that were mailed lead nowhere from then on, and no roles are promised any more.</Trans>
        ) : (
          <Trans>They get a new link. Those that they have stay good as long as they said.</Trans>
        )}
      </ConfirmDialog>
    </PageSection>
  );
}
