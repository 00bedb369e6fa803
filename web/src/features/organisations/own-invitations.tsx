import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { OrganisationInvitation } from "@/api/schema";
import { Section } from "@/components/layout/section";
import { Line } from "@/components/state/paged-list";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { ORGANISATIONS } from "@/lib/query-keys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { acceptInvitation, declineInvitation, ownInvitationsQuery } from "./membership-queries";
import { useInsideRoles } from "./use-inside-roles";

/** The organisations that one is invited to; nothing where there are none. @param mayOrder whether the reader may answer */
export function OwnInvitations({ mayOrder }: { mayOrder: boolean }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const { nameOf } = useInsideRoles();
  const queryClient = useQueryClient();
  const invitations = useQuery(ownInvitationsQuery).data?.items ?? [];
  // Kept while the question closes, so that its words stay.
  const [declining, setDeclining] = useState<{ open: boolean; invitation?: OrganisationInvitation }>({ open: false });
  const refreshed = () => queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  const accept = useMutation({
    mutationFn: (invitation: OrganisationInvitation) => acceptInvitation(invitation.id),
    onSuccess: (_, { organisation_name: name }) => {
      notify({ type: "success", title: t`You belong to ${name}` });
      return refreshed();
    },
  });
  const { id = "", organisation_name: declined = "" } = declining.invitation ?? {};
  return (
    <>
      {invitations.length > 0 && (
        <Section title={t`Invitations to organisations`} isList>
          <ul className="divide-y">
            {invitations.map((invitation) => (
              <Line
                key={invitation.id}
                title={<bdi>{invitation.organisation_name}</bdi>}
                facts={[
                  invitation.roles.length > 0 && invitation.roles.map(nameOf).join(", "),
                  t`until ${formatDateTime(invitation.expires_at)}`,
                ]}
                action={
                  mayOrder && (
                    <div className="flex flex-wrap gap-2">
                      <Button
                        size="small"
                        variant="primary"
                        aria-label={`${t`Accept`}: ${invitation.organisation_name}`}
                        busy={accept.isPending && accept.variables.id === invitation.id}
                        onClick={() => accept.mutate(invitation)}
                      >
                        <Trans>Accept</Trans>
                      </Button>
                      <Button
                        size="small"
                        aria-label={`${t`Decline`}: ${invitation.organisation_name}`}
                        onClick={() => setDeclining({ open: true, invitation })}
                      >
                        <Trans>Decline…</Trans>
                      </Button>
                    </div>
                  )
                }
              />
            ))}
          </ul>
          {accept.error && (
            <div className="border-t p-4">
              <ProblemNotice error={asApiError(accept.error)} fields={[]} />
            </div>
          )}
        </Section>
      )}
      <ConfirmDialog
        open={declining.open}
        onOpenChange={(open) => setDeclining({ ...declining, open })}
        title={t`Decline the invitation to ${declined}?`}
        action={t`Decline`}
        run={async () => {
          await declineInvitation(id);
          notify({ type: "success", title: t`The invitation is declined` });
          await refreshed();
        }}
      >
        <Trans>The invitation is gone then. You can be invited again.</Trans>
      </ConfirmDialog>
    </>
  );
}
