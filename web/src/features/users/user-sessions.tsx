import { useLingui } from "@lingui/react/macro";
import type { User } from "@/api/schema";
import { PageSection } from "@/components/layout/page-section";
import { useSession } from "@/features/session/session-life";
import { DeviceList } from "@/features/sessions/device-list";
import { EndAllSessions } from "@/features/sessions/end-all";
import { SessionList } from "@/features/sessions/session-list";
import { holds } from "@/lib/permissions";

/** Where a user is signed in, and from what; whoever may, ends sessions and blocks devices. */
export function UserSessions({ user }: { user: User }) {
  const { t } = useLingui();
  const mayEnd = holds(useSession()?.permissions ?? [], "sessions.revoke");
  return (
    <>
      <PageSection title={t`Sessions`} action={mayEnd && <EndAllSessions whose={user.id} />}>
        <SessionList whose={user.id} mayEnd={mayEnd} />
      </PageSection>
      <PageSection title={t`Devices`}>
        <DeviceList whose={user.id} mayOrder={mayEnd} />
      </PageSection>
    </>
  );
}
