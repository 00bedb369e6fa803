import { type QueryClient, useQuery } from "@tanstack/react-query";
import { callAs } from "@/api/client";
import type { ConsoleSession } from "@/api/schema";
import { heldOf } from "@/lib/permissions";
import { eventStore } from "@/live/event-store";
import { live } from "@/live/live";
import { forgetDrafts } from "@/parts/drafts/drafts";
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

/** Goes on as somebody else: as whom the session acts from now on, or as its owner again. */
export function changeActor(queryClient: QueryClient, session: ConsoleSession): void {
  // What was typed as one of them is not for the other, and the browser must not ask whether to stay.
  forgetDrafts();
  forgetDraftsBut(session.user_id);
  // What was loaded, and what the connection tells, is for the eyes of whoever it was until now.
  live.end();
  eventStore.clear();
  callAs(session);
  // Last of all, for it draws the page anew.
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
  queryClient.setQueryData(sessionQuery.queryKey, session);
  live.revive();
}

/** Goes on for another organisation, or for none: what was loaded is asked for anew. */
export function changeOrganisation(queryClient: QueryClient, session: ConsoleSession): Promise<void> {
  callAs(session);
  queryClient.setQueryData(sessionQuery.queryKey, session);
  // The server ends the connection of before, which shows what was seen until now.
  live.revive();
  return queryClient.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
}

/** Who is at the console, whomever they act as. */
export const reallyOf = (session: ConsoleSession): string => session.acting?.user_id ?? session.user_id;

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
  callAs(null);
  queryClient.setQueryData(sessionQuery.queryKey, null);
}

/** The session of whoever is signed in; null for a moment while the page leaves it. */
export function useSession(): ConsoleSession | null {
  return useQuery(sessionQuery).data ?? null;
}

/** What one holds of what belongs to an organisation. */
export const useHeldOf = (organisation: string): readonly string[] => heldOf(useSession(), organisation);
