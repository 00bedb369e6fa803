import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Organisation } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { Section } from "@/features/account/section";
import { notify } from "@/lib/notify";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { MembershipList } from "./membership-list";
import { leaveOrganisation, membershipsQuery } from "./membership-queries";
import { ORGANISATIONS } from "./queries";

/** The organisations that one belongs to, and leaving them; nothing where there are none. @param mayOrder whether the reader may leave */
export function OwnOrganisations({ mayOrder }: { mayOrder: boolean }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const { data } = useQuery(membershipsQuery(undefined));
  // Kept while the question closes, so that its words stay.
  const [leaving, setLeaving] = useState<{ open: boolean; organisation?: Organisation }>({ open: false });
  const { id = "", name = "" } = leaving.organisation ?? {};
  const leave = async () => {
    await leaveOrganisation(id);
    notify({ type: "success", title: t`You do not belong to ${name} any more` });
    await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
  };
  return (
    <>
      {data !== undefined && data.items.length > 0 && (
        <Section title={t`Organisations`} isList>
          <MembershipList
            whose={undefined}
            none={<Trans>None.</Trans>}
            action={({ organisation }) =>
              mayOrder && (
                <Button
                  size="small"
                  aria-label={`${t`Leave`}: ${organisation.name}`}
                  onClick={() => setLeaving({ open: true, organisation })}
                >
                  <Trans>Leave…</Trans>
                </Button>
              )
            }
          />
        </Section>
      )}
      <ConfirmDialog
        open={leaving.open}
        onOpenChange={(open) => setLeaving({ ...leaving, open })}
        title={t`Leave ${name}?`}
        action={t`Leave`}
        tone="danger"
        run={leave}
      >
        <Trans>
          What you hold inside ends at once, and your API keys for it are revoked. To come back you have to be invited.
          Its last owner hands it over first.
        </Trans>
      </ConfirmDialog>
    </>
  );
}
