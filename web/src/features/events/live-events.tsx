import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Activity, Pause, Play, SearchX, Unplug } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useContact } from "@/api/contact";
import { LiveIndicator } from "@/components/layout/live-indicator";
import { EmptyState } from "@/components/state/empty-state";
import { Loading } from "@/components/state/loading";
import { Button } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/search-input";
import { Skeleton } from "@/components/ui/skeleton";
import { useFormat } from "@/lib/format";
import { EVENT_CAPACITY, eventStore, searchEvents } from "@/live/event-store";
import { useLive, useLiveStatus } from "@/live/live";
import { EventExamples } from "./event-examples";
import { EventList } from "./event-list";

const useEventView = () => useSyncExternalStore(eventStore.subscribe, eventStore.view);

/** Whether the live events flow. */
export function LiveEventsIndicator() {
  return <LiveIndicator paused={useEventView().paused} />;
}

interface LiveEventsProps {
  search: string;
  onSearch: (text: string) => void;
  /** Looks into the log by a condition instead. */
  onFilter: (condition: string) => void;
}

/** The events while they happen, and the words that are searched among them. */
export function LiveEvents({ search, onSearch, onFilter }: LiveEventsProps) {
  const { t } = useLingui();
  const countText = useCountText();
  const { events, paused, waiting, missed } = useEventView();
  const shown = useDeferredValue(
    useMemo(() => searchEvents(events, search).map(({ event }) => event), [events, search]),
  );
  const isUnknown = useContact().lostSince !== null && events.length === 0;
  useLive("events", eventStore.receive);
  const isEarly = useIsEarly() && events.length === 0;

  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          label={t`Search live events`}
          placeholder={t`Type, id, address…`}
          value={search}
          onSearch={onSearch}
          className="min-w-0 flex-1 basis-60 sm:max-w-sm"
        />
        <PauseButton paused={paused} waiting={waiting} />
        <p className="ml-auto text-[0.8125rem] text-muted-foreground tabular-nums" role="status">
          {isUnknown || isEarly ? "" : countText(shown.length, events.length, missed, search)}
        </p>
      </div>
      {shown.length > 0 ? (
        <EventList label={t`Event stream`} events={shown} chosenBy={search} onRead={() => eventStore.setPaused(true)} />
      ) : isUnknown ? (
        <EmptyState icon={Unplug} title={t`No events were seen yet`}>
          <Trans>
            What happens on the platform is not known while the server does not answer. Events appear here once it does.
          </Trans>
        </EmptyState>
      ) : isEarly ? (
        <Loading label={t`Loading the events`}>
          <Skeleton className="h-80 rounded-xl" />
        </Loading>
      ) : (
        <NoEvents search={search} clear={() => onSearch("")} onFilter={onFilter} />
      )}
    </>
  );
}

/** What has happened last comes within so long once the connection is there, which it should be after a while. */
const FIRST_MS = 500;
const CONNECTING_MS = 2_000;

/** Whether events may still come that have happened before: the server does not say that there are none. */
function useIsEarly(): boolean {
  const status = useLiveStatus();
  const isConnecting = status === "connecting" || status === "idle";
  const [isEarly, setEarly] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setEarly(false), isConnecting ? CONNECTING_MS : FIRST_MS);
    return () => clearTimeout(timer);
  }, [isConnecting]);
  return isEarly;
}

/** How many events there are, in words. */
function useCountText(): (shown: number, held: number, missed: number, search: string) => string {
  const { t } = useLingui();
  const { formatCount } = useFormat();
  return (shown, held, missed, search) => {
    const shownCount = formatCount(shown);
    const count = search
      ? t`${plural(held, { one: `${shownCount} of # event`, other: `${shownCount} of # events` })}`
      : t`${plural(held, { one: "# event", other: "# events" })}`;
    const missedCount = formatCount(missed);
    return missed > 0 ? t`${count}, ${missedCount} left out` : count;
  };
}

function PauseButton({ paused, waiting }: { paused: boolean; waiting: number }) {
  const { t } = useLingui();
  const { formatCount } = useFormat();
  const count = formatCount(waiting);
  const Icon = paused ? Play : Pause;
  return (
    <Button onClick={() => eventStore.setPaused(!paused)} variant={paused ? "primary" : "outline"}>
      <Icon aria-hidden />
      {paused ? t`Resume` : t`Pause`}
      {paused && waiting > 0 && (
        <span className="tabular-nums">
          · <Trans>{count} new</Trans>
        </span>
      )}
    </Button>
  );
}

interface NoEventsProps {
  search: string;
  clear: () => void;
  onFilter: (condition: string) => void;
}

function NoEvents({ search, clear, onFilter }: NoEventsProps) {
  const { t } = useLingui();
  const { formatCount } = useFormat();
  const capacity = formatCount(EVENT_CAPACITY);
  if (search) {
    return (
      <EmptyState
        icon={SearchX}
        title={t`No event matches`}
        action={<Button onClick={clear}>{t`Clear the search`}</Button>}
      >
        <Trans>Nothing among the events held here contains “{search}”. New ones that do will appear.</Trans>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={Activity} title={t`Waiting for events`} action={<EventExamples onChoose={onFilter} />}>
      <Trans>
        They appear here as they happen: a sign-in, a new user, a message delivered. This page holds the last {capacity}
        ; a filter looks into the log of all.
      </Trans>
    </EmptyState>
  );
}
