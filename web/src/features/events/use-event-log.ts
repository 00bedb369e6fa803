import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState, useSyncExternalStore } from "react";
import { asApiError } from "@/api/problem";
import type { Event as PlatformEvent } from "@/api/schema";
import { EventStore } from "@/live/event-store";
import { useLive } from "@/live/live";
import { eventLogQuery } from "./queries";

/** How many events were looked at in vain since the last that was found: all those of the empty pages at the end. */
export function lookedAtInVain(pages: readonly { items: readonly unknown[]; looked_at: number }[]): number {
  const found = pages.findLastIndex(({ items }) => items.length > 0);
  return pages.slice(found + 1).reduce((sum, { looked_at }) => sum + looked_at, 0);
}

/** What happened since the newest event of the log; all of them newest first. */
export function since(live: readonly PlatformEvent[], newest: PlatformEvent | undefined): readonly PlatformEvent[] {
  const known = live.findIndex(({ id }) => id === newest?.id);
  return known < 0 ? live : live.slice(0, known);
}

/** The events of which a condition holds, as they happen, and how many were left out. */
function useLiveEvents(filter: string, enabled: boolean) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: of another condition there are other events
  const store = useMemo(() => new EventStore((flush) => requestAnimationFrame(flush)), [filter]);
  const { events, missed } = useSyncExternalStore(store.subscribe, store.view);
  useLive("events", store.receive, { filter, enabled });
  return { live: useMemo(() => events.map(({ event }) => event), [events]), missed };
}

export type EventLogLook = ReturnType<typeof useEventLog>;

/** A look into the log by a condition, and what happens since; none is made while it is empty. */
export function useEventLog(filter: string) {
  const [look, setLook] = useState(0);
  const query = useInfiniteQuery({
    ...eventLogQuery(filter, look),
    enabled: filter !== "",
    // What the look before has found stands until the next one has; what another condition has found does not.
    placeholderData: (before, query) => (query?.queryKey[2].filter === filter ? before : undefined),
  });
  const refusal = query.data === undefined && query.error ? asApiError(query.error) : null;
  const pages = query.data?.pages ?? [];
  const logged = pages.flatMap(({ items }) => items);
  // A condition that the log cannot be asked is not asked of what happens either.
  const { live, missed } = useLiveEvents(filter, filter !== "" && query.data !== undefined);
  return {
    query,
    look,
    askAgain: () => setLook(look + 1),
    /** What is wrong with the condition, when that is why there is no answer. */
    refusal: refusal?.isToldBy(["filter"]) ? refusal.fieldErrors.filter : undefined,
    events: [...since(live, logged[0]), ...logged],
    /** How many events were not looked at while they happened; asking again finds them. */
    missed,
    askedAt: pages[0]?.askedAt,
    inVain: lookedAtInVain(pages),
  };
}
