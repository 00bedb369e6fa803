import { useLingui } from "@lingui/react/macro";
import type { User } from "@/api/schema";
import { PageSection } from "@/components/layout/page-section";
import { EmailChange } from "@/features/email-change/email-change";

/** The address of a user: another one is asked for here, and confirmed by them. */
export function UserEmail({ user }: { user: User }) {
  const { t } = useLingui();
  return (
    <PageSection title={t`E-mail address`}>
      <div className="p-4 sm:p-5">
        <EmailChange userId={user.id} />
      </div>
    </PageSection>
  );
}
