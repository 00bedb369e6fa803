import { useLingui } from "@lingui/react/macro";
import type { User } from "@/api/schema";
import { UserSecurityEvents } from "@/features/security/security-events";
import { UserSection } from "./user-section";

/** What was noticed about the security of a user's account. */
export function UserSecurity({ user }: { user: User }) {
  const { t } = useLingui();
  return (
    <UserSection title={t`Security events`}>
      <UserSecurityEvents user={user.id} />
    </UserSection>
  );
}
