import { Trans, useLingui } from "@lingui/react/macro";
import type { User } from "@/api/schema";
import { PageSection } from "@/components/layout/page-section";
import { MembershipList } from "@/features/organisations/membership-list";

/** The organisations that a user belongs to, for who may see those of everybody. */
export function UserOrganisations({ user }: { user: User }) {
  const { t } = useLingui();
  return (
    <PageSection title={t`Organisations`}>
      <MembershipList whose={user.id} none={<Trans>They belong to no organisation.</Trans>} />
    </PageSection>
  );
}
