import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { LoginAttemptStatus } from "@/api/schema";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { useFormat } from "@/lib/format";
import { methodWords, reasonWords } from "./method-words";
import { Line, PagedList } from "./paged-list";
import { attemptsQuery } from "./queries";
import { UserLink } from "./security-events";

/** What became of a sign-in. One that is blocked nobody looked at: too many failed before. */
const STATUSES: Readonly<Record<LoginAttemptStatus, { label: MessageDescriptor; tone: BadgeTone }>> = {
  success: { label: msg`signed in`, tone: "success" },
  failed: { label: msg`failed`, tone: "warning" },
  blocked: { label: msg`blocked`, tone: "danger" },
  suspicious: { label: msg`suspicious`, tone: "danger" },
};

/** Sign-ins, also those that failed, newest first. */
export function LoginAttempts() {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const query = useInfiniteQuery(attemptsQuery);
  return (
    <PagedList query={query} loading={t`Loading the sign-ins`} none={<Trans>Nobody has signed in yet.</Trans>}>
      {(attempt) => (
        <Line
          key={attempt.id}
          title={methodWords(attempt.method, t)}
          mark={<Badge tone={STATUSES[attempt.status].tone}>{t(STATUSES[attempt.status].label)}</Badge>}
          facts={[
            formatDateTime(attempt.attempted_at),
            attempt.ip_address,
            attempt.reason && reasonWords(attempt.reason, t),
          ]}
          action={attempt.user_id && <UserLink id={attempt.user_id} />}
        />
      )}
    </PagedList>
  );
}
