import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { RefreshCw, SearchX } from "lucide-react";
import { LiveIndicator } from "@/components/layout/live-indicator";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { LoadMore } from "@/components/ui/load-more";
import { Skeleton } from "@/components/ui/skeleton";
import { formatTime, useFormat } from "@/lib/format";
import { EventExamples } from "./event-examples";
import { EventList } from "./event-list";
import type { EventLogLook } from "./use-event-log";

/** Says whether what happens is shown, and when the log was asked for what was before. */
export function EventLogActions({ log: { query, askedAt, askAgain } }: { log: EventLogLook }) {
  const busy = query.isFetching && !query.isFetchingNextPage;
  const time = askedAt !== undefined && formatTime(askedAt);
  return (
    <>
      {time && (
        <p className="text-[0.8125rem] text-muted-foreground tabular-nums">
          <Trans>Log as of {time}</Trans>
        </p>
      )}
      <LiveIndicator />
      <Button busy={busy} onClick={askAgain}>
        {!busy && <RefreshCw aria-hidden />}
        <Trans>Ask again</Trans>
      </Button>
    </>
  );
}

interface EventLogProps {
  filter: string;
  log: EventLogLook;
  onFilter: (condition: string) => void;
}

/** What has happened of which the condition holds, newest first: what happens now, above what the log holds. */
export function EventLog({ filter, log, onFilter }: EventLogProps) {
  const { t } = useLingui();
  const { formatCount } = useFormat();
  const { query, look, refusal, events, missed } = log;
  const missedCount = formatCount(missed);
  if (refusal !== undefined) {
    return (
      <EmptyState icon={SearchX} title={t`The log cannot be asked that`} action={<EventExamples onChoose={onFilter} />}>
        <Trans>What is wrong with the condition stands at the field.</Trans>
      </EmptyState>
    );
  }
  if (query.data === undefined) {
    if (query.error) {
      return <ErrorState error={query.error} retry={() => void query.refetch()} busy={query.isFetching} />;
    }
    return (
      <Loading label={t`Looking into the log`} className="flex min-h-64 flex-1 flex-col">
        <Skeleton className="flex-1 rounded-xl" />
      </Loading>
    );
  }
  if (events.length === 0) return <NothingFound log={log} onFilter={onFilter} />;
  return (
    <>
      <p role="status" className="text-[0.8125rem] text-muted-foreground tabular-nums">
        {query.hasNextPage ? (
          <Plural value={events.length} one="# event so far" other="# events so far" />
        ) : (
          <Plural value={events.length} one="# event" other="# events" />
        )}
        {missed > 0 && (
          <>
            {" · "}
            <Trans>{missedCount} left out</Trans>
          </>
        )}
      </p>
      <EventList
        label={t`Events of the log`}
        events={events}
        chosenBy={`${look} ${filter}`}
        stale={query.isPlaceholderData}
        end={<LookOn log={log} />}
      />
    </>
  );
}

/** The end of what was found: how to go on, and what was looked at in vain. */
function LookOn({ log: { query, inVain } }: { log: EventLogLook }) {
  const { t } = useLingui();
  const { formatCount } = useFormat();
  const count = formatCount(inVain);
  return (
    <>
      {inVain > 0 && (
        <p role="status" className="px-3 pt-3 text-center text-[0.8125rem] text-muted-foreground">
          {query.hasNextPage ? t`Nothing among ${count} older events.` : t`Nothing among the older events.`}
        </p>
      )}
      <LoadMore
        label={inVain > 0 ? t`Look further` : t`Load older`}
        hasMore={query.hasNextPage}
        loading={query.isFetchingNextPage}
        error={query.error}
        onLoad={() => void query.fetchNextPage()}
      />
    </>
  );
}

function NothingFound({ log, onFilter }: Pick<EventLogProps, "log" | "onFilter">) {
  const { t } = useLingui();
  const { formatCount } = useFormat();
  const { query, inVain } = log;
  const count = formatCount(inVain);
  if (query.hasNextPage) {
    return (
      <EmptyState
        icon={SearchX}
        title={t`Nothing among the last ${count} events`}
        action={
          <LoadMore
            label={t`Look further`}
            hasMore
            loading={query.isFetchingNextPage}
            error={query.error}
            onLoad={() => void query.fetchNextPage()}
          />
        }
      >
        <Trans>The condition holds of none of them. The log goes back further.</Trans>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={SearchX} title={t`No event matches`} action={<EventExamples onChoose={onFilter} />}>
      <Trans>
        The condition holds of nothing in the log. An event without a field that the condition names is passed over.
      </Trans>
    </EmptyState>
  );
}
