import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { User } from "@/api/schema";
import { PageSection } from "@/components/layout/page-section";
import { IdentityList } from "@/features/providers/identity-list";
import { identitiesQuery } from "@/features/providers/queries";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";

/** By whom else a user is signed in; nothing where none is linked. */
export function UserProviders({ user }: { user: User }) {
  const { t } = useLingui();
  const mayUnlink = holds(useSession()?.permissions ?? [], "users.write");
  const { data } = useQuery(identitiesQuery(user.id));
  if (!data?.items.length) return null;
  return (
    <PageSection title={t`Linked accounts`}>
      <IdentityList whose={user.id} mayUnlink={mayUnlink} />
    </PageSection>
  );
}
