import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link2 } from "lucide-react";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { ProviderIdentity } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Listed, Row } from "@/features/sessions/listed";
import { useFormat } from "@/lib/format";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { identitiesQuery, makePrimary, unlink } from "./queries";

interface IdentityListProps {
  /** A user's, by id; one's own where none is named. */
  whose: string | undefined;
  /** Whether the reader may take them away. */
  mayUnlink: boolean;
}

/** By whom else somebody is signed in. */
export function IdentityList({ whose, mayUnlink }: IdentityListProps) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const client = useQueryClient();
  const [asked, setAsked] = useState<ProviderIdentity | null>(null);
  const query = useQuery(identitiesQuery(whose));
  const refreshed = () => client.invalidateQueries({ queryKey: identitiesQuery(whose).queryKey });
  const first = useMutation({ mutationFn: makePrimary, onSuccess: refreshed });
  const facts = (identity: ProviderIdentity) => [
    ...(identity.email ? [identity.email] : []),
    t`linked ${formatDateTime(identity.linked_at)}`,
    ...(identity.last_used_at ? [t`used ${formatDateTime(identity.last_used_at)}`] : []),
  ];
  return (
    <>
      <Listed query={query} loading={t`Loading the linked accounts`} none={<Trans>None is linked.</Trans>}>
        {(identities) =>
          identities.map((identity) => (
            <Row
              key={identity.id}
              icon={Link2}
              name={identity.label}
              isCurrent={false}
              mark={
                identity.is_primary && (
                  <Badge>
                    <Trans>First</Trans>
                  </Badge>
                )
              }
              facts={facts(identity)}
              actions={
                mayUnlink && (
                  <>
                    {whose === undefined && !identity.is_primary && (
                      <Button size="small" busy={first.isPending} onClick={() => first.mutate(identity.id)}>
                        <Trans>Make first</Trans>
                      </Button>
                    )}
                    <Button size="small" aria-label={t`Unlink ${identity.label}`} onClick={() => setAsked(identity)}>
                      <Trans>Unlink…</Trans>
                    </Button>
                  </>
                )
              }
            />
          ))
        }
      </Listed>
      {first.error && <ProblemNotice error={asApiError(first.error)} fields={[]} />}
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={t`Unlink ${asked?.label ?? ""}?`}
        action={t`Unlink`}
        tone="danger"
        run={async () => {
          if (asked) await unlink(whose, asked.id);
          await refreshed();
        }}
      >
        <Trans>It signs in to this account no more. The last way to sign in stays.</Trans>
      </ConfirmDialog>
    </>
  );
}
