import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Line, PagedList } from "@/components/state/paged-list";
import { Button } from "@/components/ui/button";
import { useSession } from "@/features/session/session-life";
import { useFormat } from "@/lib/format";
import { holds } from "@/lib/permissions";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { isLimit, policyWords } from "./method-words";
import { Owner } from "./owner";
import { liftThrottle, THROTTLES, throttlesQuery } from "./queries";

interface ThrottlesProps {
  /** Of whose account alone. */
  user?: string;
}

/** What delays tries at this moment; whoever may, lifts it. */
export function Throttles({ user }: ThrottlesProps) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const client = useQueryClient();
  const mayLift = holds(useSession()?.permissions ?? [], "security.write");
  const [asked, setAsked] = useState<string | null>(null);
  const query = useInfiniteQuery(throttlesQuery(user));
  return (
    <>
      <PagedList
        query={query}
        loading={t`Loading the throttles`}
        none={
          user === undefined ? (
            <Trans>Nothing is delayed at the moment.</Trans>
          ) : (
            <Trans>Nothing delays this user at the moment.</Trans>
          )
        }
      >
        {(throttle) => (
          <Line
            key={throttle.id}
            title={policyWords(throttle.policy, t)}
            facts={[
              isLimit(throttle.policy)
                ? t`${plural(throttle.failures, { one: "done once", other: "done # times" })}`
                : t`${plural(throttle.failures, { one: "# failure in a row", other: "# failures in a row" })}`,
              throttle.blocked_until && t`next try ${formatDateTime(throttle.blocked_until)}`,
            ]}
            action={
              <div className="flex max-w-full min-w-0 flex-wrap items-center gap-3">
                {user === undefined && <Owner id={throttle.user_id} owner={throttle.owner} />}
                {mayLift && (
                  <Button size="small" onClick={() => setAsked(throttle.id)}>
                    <Trans>Lift…</Trans>
                  </Button>
                )}
              </div>
            }
          />
        )}
      </PagedList>
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={t`Lift this throttle?`}
        action={t`Lift`}
        run={async () => {
          if (asked) await liftThrottle(asked);
          await client.invalidateQueries({ queryKey: THROTTLES });
        }}
      >
        <Trans>The next try counts at once, whoever makes it.</Trans>
      </ConfirmDialog>
    </>
  );
}
