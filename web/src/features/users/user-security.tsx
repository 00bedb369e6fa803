import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { User } from "@/api/schema";
import { PageSection } from "@/components/layout/page-section";
import { buttonVariants } from "@/components/ui/button";
import { UserSecurityEvents } from "@/features/security/security-events";
import { Throttles } from "@/features/security/throttles";

/** What was noticed about the security of a user's account, and what delays its sign-ins. */
export function UserSecurity({ user }: { user: User }) {
  const { t } = useLingui();
  const signIns = (
    <Link to="/security" search={{ view: "attempts", email: user.email }} className={buttonVariants({ size: "small" })}>
      <Trans>Look at the sign-ins</Trans>
    </Link>
  );
  return (
    <>
      <PageSection title={t`Throttles`}>
        <Throttles user={user.id} />
      </PageSection>
      <PageSection title={t`Security events`} action={signIns}>
        <UserSecurityEvents user={user.id} />
      </PageSection>
    </>
  );
}
