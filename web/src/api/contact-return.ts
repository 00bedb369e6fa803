import type { Query, QueryClient } from "@tanstack/react-query";
import { contact } from "./contact";

/** Calls back whenever the server answers again after it was lost. Returns how to stop that. */
export function onContactReturned(listener: () => void): () => void {
  let wasLost = contact.view().lostSince !== null;
  return contact.subscribe(() => {
    const isLost = contact.view().lostSince !== null;
    if (wasLost && !isLost) listener();
    wasLost = isLost;
  });
}

/** Asks again for all that the page shows and could not get, or that may have changed, once the server is back. */
export function refetchOnReturn(queryClient: QueryClient): () => void {
  const isWanting = (query: Query) => query.state.status !== "success" || query.isStale();
  const isUnderWay = (query: Query) => query.state.fetchStatus !== "idle";
  return onContactReturned(async () => {
    const wanting = new Set(queryClient.getQueryCache().findAll({ type: "active" }).filter(isWanting));
    // What waits for its next try, or for an answer that was lost on the way, would go on waiting.
    await queryClient.cancelQueries({ predicate: (query) => wanting.has(query) && isUnderWay(query) });
    await queryClient.refetchQueries({ predicate: (query) => wanting.has(query) });
  });
}
