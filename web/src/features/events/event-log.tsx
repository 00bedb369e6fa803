import { RefreshCw, SearchX } from "lucide-react";
import { EmptyState } from "@/components/state/empty-state";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { LoadMore } from "@/components/ui/load-more";
import { Skeleton } from "@/components/ui/skeleton";
import { formatCount, formatTime } from "@/lib/format";
import { EventExamples } from "./event-examples";
import { EventList } from "./event-list";
import type { EventLogLook } from "./use-event-log";

/** Says that the events are not live, and when they were asked for. */
export function EventLogActions({ log: { query, askedAt, askAgain } }: { log: EventLogLook }) {
  const busy = query.isFetching && !query.isFetchingNextPage;
  return (
    <>
      <p role="status" className="text-[0.8125rem] text-muted-foreground tabular-nums">
        A look into the log, not live{askedAt !== undefined && ` · ${formatTime(askedAt)}`}
      </p>
      <Button busy={busy} onClick={askAgain}>
        {!busy && <RefreshCw aria-hidden />}
        Ask again
      </Button>
    </>
  );
}

interface EventLogProps {
  filter: string;
  log: EventLogLook;
  onFilter: (condition: string) => void;
}

/** What the log holds of which the condition holds, newest first. */
export function EventLog({ filter, log, onFilter }: EventLogProps) {
  const { query, look, refusal, events } = log;
  if (refusal !== undefined) {
    return (
      <EmptyState icon={SearchX} title="The log cannot be asked that" action={<EventExamples onChoose={onFilter} />}>
        What is wrong with the condition stands at the field.
      </EmptyState>
    );
  }
  if (query.data === undefined) {
    if (query.error) {
      return <ErrorState error={query.error} retry={() => void query.refetch()} busy={query.isFetching} />;
    }
    return (
      <Loading label="Looking into the log" className="flex min-h-64 flex-1 flex-col">
        <Skeleton className="flex-1 rounded-xl" />
      </Loading>
    );
  }
  if (events.length === 0) return <NothingFound log={log} onFilter={onFilter} />;
  return (
    <>
      <p role="status" className="text-[0.8125rem] text-muted-foreground tabular-nums">
        {formatCount(events.length)} {events.length === 1 ? "event" : "events"}
        {query.hasNextPage && " so far"}
      </p>
      <EventList
        label="Events of the log"
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
  return (
    <>
      {inVain > 0 && (
        <p role="status" className="px-3 pt-3 text-center text-[0.8125rem] text-muted-foreground">
          {query.hasNextPage ? `Nothing among ${formatCount(inVain)} older events.` : "Nothing among the older events."}
        </p>
      )}
      <LoadMore
        label={inVain > 0 ? "Look further" : "Load older"}
        hasMore={query.hasNextPage}
        loading={query.isFetchingNextPage}
        error={query.error}
        onLoad={() => void query.fetchNextPage()}
      />
    </>
  );
}

function NothingFound({ log, onFilter }: Pick<EventLogProps, "log" | "onFilter">) {
  const { query, inVain } = log;
  if (query.hasNextPage) {
    return (
      <EmptyState
        icon={SearchX}
        title={`Nothing among the last ${formatCount(inVain)} events`}
        action={
          <LoadMore
            label="Look further"
            hasMore
            loading={query.isFetchingNextPage}
            error={query.error}
            onLoad={() => void query.fetchNextPage()}
          />
        }
      >
        The condition holds of none of them. The log goes back further.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={SearchX} title="No event matches" action={<EventExamples onChoose={onFilter} />}>
      The condition holds of nothing in the log. An event without a field that the condition names is passed over.
    </EmptyState>
  );
}
