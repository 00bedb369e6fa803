import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Organisation, OrganisationInvitation } from "@/api/schema";
import { PageSection } from "@/components/layout/page-section";
import { Line, PagedList } from "@/components/state/paged-list";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { ORGANISATIONS } from "@/lib/query-keys";
import { useNow } from "@/lib/use-now";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { InviteMemberDialog } from "./invite-member";
import { invitationsQuery, withdrawInvitation } from "./member-queries";
import { useInsideRoles } from "./use-inside-roles";

/** Who is invited to an organisation and has not answered yet. */
export function Invitations({ organisation }: { organisation: Organisation }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const { nameOf } = useInsideRoles(organisation.id);
  const now = useNow(60_000);
  const queryClient = useQueryClient();
  const query = useInfiniteQuery(invitationsQuery(organisation.id));
  const [inviting, setInviting] = useState(false);
  // Kept while the question closes, so that its words stay.
  const [withdrawing, setWithdrawing] = useState<{ open: boolean; invitation?: OrganisationInvitation }>({
    open: false,
  });
  const { email = "", id = "" } = withdrawing.invitation ?? {};
  const facts = ({ roles, sent_at: sent, expires_at: end }: OrganisationInvitation) => [
    roles.length > 0 && roles.map(nameOf).join(", "),
    t`sent ${formatDateTime(sent)}`,
    t`until ${formatDateTime(end)}`,
  ];
  return (
    <PageSection
      title={t`Invitations`}
      action={
        <Button size="small" onClick={() => setInviting(true)}>
          <Trans>Invite somebody…</Trans>
        </Button>
      }
    >
      <PagedList
        query={query}
        loading={t`Loading the invitations`}
        none={<Trans>Nobody is invited who has not answered yet.</Trans>}
      >
        {(invitation) => (
          <Line
            key={invitation.id}
            title={<bdi>{invitation.email}</bdi>}
            mark={
              Date.parse(invitation.expires_at) <= now && (
                <Badge>
                  <Trans>Expired</Trans>
                </Badge>
              )
            }
            facts={facts(invitation)}
            action={
              <Button
                size="small"
                aria-label={`${t`Withdraw`}: ${invitation.email}`}
                onClick={() => setWithdrawing({ open: true, invitation })}
              >
                <Trans>Withdraw…</Trans>
              </Button>
            }
          />
        )}
      </PagedList>
      <InviteMemberDialog organisation={organisation} open={inviting} onClose={() => setInviting(false)} />
      <ConfirmDialog
        open={withdrawing.open}
        onOpenChange={(open) => setWithdrawing({ ...withdrawing, open })}
        title={t`Withdraw the invitation of ${email}?`}
        action={t`Withdraw`}
        run={async () => {
          await withdrawInvitation(organisation.id, id);
          notify({ type: "success", title: t`The invitation is withdrawn` });
          await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
        }}
      >
        <Trans>Nobody can accept it from then on. They can be invited again.</Trans>
      </ConfirmDialog>
    </PageSection>
  );
}
