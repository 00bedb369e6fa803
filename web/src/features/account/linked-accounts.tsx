import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { asApiError } from "@/api/problem";
import { Section } from "@/components/layout/section";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { IdentityList } from "@/features/providers/identity-list";
import { beginLink, identitiesQuery, providersQuery } from "@/features/providers/queries";

/** By whom else one is signed in, and linking more; nothing where the platform has no providers and none is linked. */
export function LinkedAccounts({ leave = (url: string) => location.assign(url) }) {
  const { t } = useLingui();
  const providers = useQuery(providersQuery).data?.items ?? [];
  const linked = useQuery(identitiesQuery(undefined)).data?.items ?? [];
  const link = useMutation({ mutationFn: beginLink, onSuccess: leave });
  if (providers.length === 0 && linked.length === 0) return null;
  const others = providers.filter(({ name }) => !linked.some(({ provider }) => provider === name));
  return (
    <Section title={t`Linked accounts`} isList>
      <IdentityList whose={undefined} mayUnlink />
      {others.length > 0 && (
        <div className="flex flex-col gap-2 border-t p-4">
          <div className="flex flex-wrap gap-2">
            {others.map(({ name, label }) => (
              <Button key={name} size="small" busy={link.isPending} onClick={() => link.mutate(name)}>
                <Trans>Link {label}</Trans>
              </Button>
            ))}
          </div>
          {link.error && <ProblemNotice error={asApiError(link.error)} fields={[]} />}
        </div>
      )}
    </Section>
  );
}
