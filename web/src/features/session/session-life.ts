import { type QueryClient, useQuery } from "@tanstack/react-query";
import type { ConsoleSession } from "@/api/schema";
import { eventStore } from "@/features/events/event-store";
import { live } from "@/live/live";
import { sessionQuery } from "./queries";
import { adoptSession } from "./session";

/** Starts over with a new session: nothing that another account has loaded stays. */
export function beginSession(queryClient: QueryClient, session: ConsoleSession): void {
  adoptSession(queryClient, session);
  eventStore.clear();
  live.revive();
}

/** Lets go of the session on this page; the cookie is the server's to end. */
export function leaveSession(queryClient: QueryClient): void {
  live.end();
  queryClient.setQueryData(sessionQuery.queryKey, null);
}

/** The session of whoever is signed in; null for a moment while the page leaves it. */
export function useSession(): ConsoleSession | null {
  return useQuery(sessionQuery).data ?? null;
}
