import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Badge } from "@/components/ui/badge";
import { useFormat } from "@/lib/format";
import { methodWords } from "./method-words";
import { Line, PagedList } from "./paged-list";
import { attemptsQuery } from "./queries";
import { UserLink } from "./security-events";

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
          mark={
            attempt.status === "success" ? (
              <Badge tone="success">
                <Trans>signed in</Trans>
              </Badge>
            ) : (
              <Badge tone="warning">
                <Trans>failed</Trans>
              </Badge>
            )
          }
          facts={[formatDateTime(attempt.attempted_at), attempt.ip_address, attempt.reason]}
          action={attempt.user_id && <UserLink id={attempt.user_id} />}
        />
      )}
    </PagedList>
  );
}
