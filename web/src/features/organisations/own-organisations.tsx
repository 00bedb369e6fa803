import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Membership } from "@/api/schema";
import { Section } from "@/components/layout/section";
import { Button } from "@/components/ui/button";
import { LeaveOrganisation } from "./leave-organisation";
import { MembershipList } from "./membership-list";
import { membershipsQuery } from "./membership-queries";

/** The organisations that one belongs to, and leaving them; nothing where there are none. @param mayOrder whether the reader may leave */
export function OwnOrganisations({ mayOrder }: { mayOrder: boolean }) {
  const { t } = useLingui();
  const { data } = useQuery(membershipsQuery(undefined));
  // Kept while the question closes, so that its words stay.
  const [leaving, setLeaving] = useState<{ open: boolean; membership?: Membership }>({ open: false });
  return (
    <>
      {data !== undefined && data.items.length > 0 && (
        <Section title={t`Organisations`} isList>
          <MembershipList
            whose={undefined}
            none={<Trans>None.</Trans>}
            action={(membership) =>
              mayOrder && (
                <Button
                  size="small"
                  aria-label={`${t`Leave`}: ${membership.organisation.name}`}
                  onClick={() => setLeaving({ open: true, membership })}
                >
                  <Trans>Leave…</Trans>
                </Button>
              )
            }
          />
        </Section>
      )}
      {leaving.membership && (
        <LeaveOrganisation
          membership={leaving.membership}
          open={leaving.open}
          onClose={() => setLeaving({ ...leaving, open: false })}
        />
      )}
    </>
  );
}
