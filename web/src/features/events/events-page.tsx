import { getRouteApi } from "@tanstack/react-router";
import { Activity, Pause, Play, SearchX, Unplug } from "lucide-react";
import { useDeferredValue, useMemo, useSyncExternalStore } from "react";
import { useContact } from "@/api/contact";
import { LiveIndicator } from "@/components/layout/live-indicator";
import { PageHeader } from "@/components/layout/page-header";
import { EmptyState } from "@/components/state/empty-state";
import { Button } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/search-input";
import { formatCount } from "@/lib/format";
import { useLiveTopic } from "@/live/live";
import { EventList } from "./event-list";
import { EVENT_CAPACITY, eventStore, filterEvents } from "./event-store";

const route = getRouteApi("/console/events");

export function EventsPage() {
  const { filter = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const { events, paused, waiting, missed } = useSyncExternalStore(eventStore.subscribe, eventStore.view);
  const shown = useDeferredValue(useMemo(() => filterEvents(events, filter), [events, filter]));
  const isUnknown = useContact().lostSince !== null && events.length === 0;
  useLiveTopic("events", eventStore.receive);

  const search = (text: string) => void navigate({ search: { filter: text || undefined }, replace: true });

  return (
    <div className="flex h-full flex-col gap-4 p-4 sm:p-6">
      <PageHeader
        title="Events"
        description="What happens on the platform, while it happens."
        actions={<LiveIndicator paused={paused} />}
      />
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          label="Filter events"
          placeholder="Filter by type, id, address…"
          value={filter}
          onSearch={search}
          className="min-w-0 flex-1 basis-60 sm:max-w-sm"
        />
        <PauseButton paused={paused} waiting={waiting} />
        <p className="ml-auto text-[0.8125rem] text-muted-foreground tabular-nums" role="status">
          {isUnknown ? "" : countText(shown.length, events.length, missed, filter)}
        </p>
      </div>
      {shown.length > 0 ? (
        <EventList events={shown} filter={filter} onRead={() => eventStore.setPaused(true)} />
      ) : isUnknown ? (
        <EmptyState icon={Unplug} title="No events were seen yet">
          What happens on the platform is not known while the server does not answer. Events appear here once it does.
        </EmptyState>
      ) : (
        <NoEvents filter={filter} clear={() => search("")} />
      )}
    </div>
  );
}

function countText(shown: number, held: number, missed: number, filter: string): string {
  const count = filter ? `${formatCount(shown)} of ${formatCount(held)}` : formatCount(held);
  return `${count} events${missed > 0 ? `, ${formatCount(missed)} left out` : ""}`;
}

function PauseButton({ paused, waiting }: { paused: boolean; waiting: number }) {
  const Icon = paused ? Play : Pause;
  return (
    <Button onClick={() => eventStore.setPaused(!paused)} variant={paused ? "primary" : "outline"}>
      <Icon aria-hidden />
      {paused ? "Resume" : "Pause"}
      {paused && waiting > 0 && <span className="tabular-nums">· {formatCount(waiting)} new</span>}
    </Button>
  );
}

function NoEvents({ filter, clear }: { filter: string; clear: () => void }) {
  if (filter) {
    return (
      <EmptyState icon={SearchX} title="No event matches" action={<Button onClick={clear}>Clear the filter</Button>}>
        Nothing among the events held here contains “{filter}”. New ones that do will appear.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={Activity} title="Waiting for events">
      They appear here as they happen: a sign-in, a new user, a message delivered. This page holds the last{" "}
      {formatCount(EVENT_CAPACITY)}.
    </EmptyState>
  );
}
