import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import { eventLogQuery } from "./queries";

/** How many events were looked at in vain since the last that was found: all those of the empty pages at the end. */
export function lookedAtInVain(pages: readonly { items: readonly unknown[]; looked_at: number }[]): number {
  const found = pages.findLastIndex(({ items }) => items.length > 0);
  return pages.slice(found + 1).reduce((sum, { looked_at }) => sum + looked_at, 0);
}

export type EventLogLook = ReturnType<typeof useEventLog>;

/** A look into the log by a condition; none is made while it is empty. */
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
  return {
    query,
    look,
    askAgain: () => setLook(look + 1),
    /** What is wrong with the condition, when that is why there is no answer. */
    refusal: refusal?.isToldBy(["filter"]) ? refusal.fieldErrors.filter : undefined,
    events: pages.flatMap(({ items }) => items),
    askedAt: pages[0]?.askedAt,
    inVain: lookedAtInVain(pages),
  };
}
