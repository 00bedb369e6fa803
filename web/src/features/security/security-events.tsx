import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { SecurityEventKind } from "@/api/schema";
import { useFormat } from "@/lib/format";
import { Line, PagedList } from "./paged-list";
import { securityEventsQuery } from "./queries";
import { SeverityBadge } from "./severity-badge";

/** What happened, by the word for programs: one for each that the server documents. One of a later version is shown as the server
 * says it. */
const KINDS: Readonly<Record<SecurityEventKind, MessageDescriptor>> = {
  "login.repeated_failures": msg`Sign-ins failed repeatedly`,
  "factor.repeated_failures": msg`Later steps of a sign-in failed repeatedly`,
  "password.repeated_failures": msg`The current password was wrong repeatedly`,
  "login.new_device": msg`Signed in from a new device and place`,
  "password.changed": msg`The password was changed`,
  "password.reset": msg`The password was chosen anew by a one-time link`,
  "factor.added": msg`A second factor was set up`,
  "factor.removed": msg`A second factor was taken away`,
  "factor.backup_code_used": msg`A backup code was used`,
  "factor.backup_codes_renewed": msg`New backup codes were made`,
  "provider.linked": msg`Another way to sign in was linked`,
  "provider.unlinked": msg`A linked way to sign in was taken away`,
  "device.blocked": msg`A device was blocked`,
  "passkey.counted_back": msg`A passkey may have been copied`,
  "passkey.moved": msg`Where a passkey is kept has changed`,
  "session.refresh_token_repeated": msg`An answer to a refresh was given again`,
  "session.refresh_token_reused": msg`A used refresh token was used again`,
};

/** What was noticed about the security of accounts, newest first; of one user, or of all. */
export function SecurityEvents({ user }: { user?: string }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const query = useInfiniteQuery(securityEventsQuery(user));
  return (
    <PagedList query={query} loading={t`Loading the security events`} none={<Trans>Nothing was noticed yet.</Trans>}>
      {(event) => {
        const known: MessageDescriptor | undefined = KINDS[event.kind];
        return (
          <Line
            key={event.id}
            title={known ? t(known) : event.title}
            mark={<SeverityBadge severity={event.severity} />}
            facts={[formatDateTime(event.occurred_at), event.ip_address]}
            action={user === undefined && event.user_id && <UserLink id={event.user_id} />}
          />
        );
      }}
    </PagedList>
  );
}

/** Leads to whom something is about. */
export function UserLink({ id }: { id: string }) {
  return (
    <Link to="/users/$userId" params={{ userId: id }} className="text-[0.8125rem] underline underline-offset-2">
      <Trans>User</Trans>
    </Link>
  );
}
