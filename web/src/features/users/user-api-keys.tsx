import { Trans, useLingui } from "@lingui/react/macro";
import type { User } from "@/api/schema";
import { ApiKeyList } from "@/features/api-keys/api-key-list";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";
import { UserSection } from "./user-section";

/** A user's API keys, for who may see those of others. */
export function UserApiKeys({ user }: { user: User }) {
  const { t } = useLingui();
  const mayRevoke = holds(useSession()?.permissions ?? [], "api-keys.revoke");
  return (
    <UserSection title={t`API keys`}>
      <ApiKeyList whose={{ userId: user.id }} mayRevoke={mayRevoke} none={<Trans>No API key.</Trans>} />
    </UserSection>
  );
}
