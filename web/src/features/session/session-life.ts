import { type QueryClient, useQuery } from "@tanstack/react-query";
import type { ConsoleSession } from "@/api/schema";
import { eventStore } from "@/features/events/event-store";
import { live } from "@/live/live";
import { forgetDraftsBut, keepDrafts } from "@/parts/drafts/kept-drafts";
import { sessionQuery } from "./queries";
import { adoptSession } from "./session";

/** Starts over with a new session: nothing that another account has loaded or typed stays. */
export function beginSession(queryClient: QueryClient, session: ConsoleSession): void {
  forgetDraftsBut(session.user_id);
  adoptSession(queryClient, session);
  eventStore.clear();
  live.revive();
}

/** Lets go of the session on this page, as its user wants it; the cookie is the server's to end. */
export function leaveSession(queryClient: QueryClient): void {
  forgetDraftsBut(null);
  letGo(queryClient);
}

/** Lets go of a session that has ended, and keeps what its user was typing until they sign in again. */
export function loseSession(queryClient: QueryClient): void {
  const session = queryClient.getQueryData(sessionQuery.queryKey);
  if (session) keepDrafts(session.user_id);
  letGo(queryClient);
}

function letGo(queryClient: QueryClient): void {
  live.end();
  queryClient.setQueryData(sessionQuery.queryKey, null);
}

/** The session of whoever is signed in; null for a moment while the page leaves it. */
export function useSession(): ConsoleSession | null {
  return useQuery(sessionQuery).data ?? null;
}
