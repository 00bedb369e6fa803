import { Trans, useLingui } from "@lingui/react/macro";
import type { User } from "@/api/schema";
import { PageSection } from "@/components/layout/page-section";
import { ApiKeyList } from "@/features/api-keys/api-key-list";
import { useSession } from "@/features/session/session-life";
import { holds } from "@/lib/permissions";

/** A user's API keys, for who may see those of others. */
export function UserApiKeys({ user }: { user: User }) {
  const { t } = useLingui();
  const mayRevoke = holds(useSession()?.permissions ?? [], "api-keys.revoke");
  return (
    <PageSection title={t`API keys`}>
      <ApiKeyList whose={{ userId: user.id }} mayRevoke={mayRevoke} none={<Trans>No API key.</Trans>} />
    </PageSection>
  );
}
