import type { QueryClient } from "@tanstack/react-query";
import { answerOf, api, onSessionEnded } from "@/api/client";
import type { ConsoleSession } from "@/api/schema";
import { loadPageAgain } from "@/lib/page";
import { holds } from "@/lib/permissions";
import { live } from "@/live/live";
import { forgetDrafts } from "@/parts/drafts/drafts";
import { sessionQuery } from "./queries";
import { changeOrganisation, reallyOf } from "./session-life";
import { tellOfOrganisation } from "./tell-of-organisation";

/** A new session's cookie comes a moment after the old session's end, as when a password is changed in another tab. */
const COOKIE_COMES_MS = 1_500;

/**
 * Leaves when the session is over. The browser may have another one by then, begun in a second tab: so it is asked for once
 * before. It may also go on as somebody else: acting as another user has begun in a second tab, or is over. Returns how to stop that.
 */
export function followSessionEnd(
  queryClient: QueryClient,
  leave: () => void,
  goOnAs: (session: ConsoleSession) => void,
): () => void {
  const known = () => queryClient.getQueryData(sessionQuery.queryKey);
  let isAsking = false;
  const ask = async () => {
    if (isAsking || !known()) return;
    isAsking = true;
    await new Promise((resolve) => setTimeout(resolve, COOKIE_COMES_MS));
    const session = await answerOf(api.GET("/console/session")).catch(() => null);
    isAsking = false;
    const before = known();
    // Somebody has signed out meanwhile.
    if (!before) return;
    // Whoever is acted as need not hold it: the console is for whoever signed in.
    if (!session || !(session.acting || holds(session.permissions, "console.use"))) return leave();
    if (session.user_id !== before.user_id && reallyOf(session) === reallyOf(before)) return goOnAs(session);
    if (session.user_id !== before.user_id) {
      // What this page has loaded is for the other account's eyes: the browser must not ask whether to stay.
      forgetDrafts();
      return loadPageAgain();
    }
    if (session.organisation?.id !== before.organisation?.id) {
      // Chosen in a second tab, or one belongs to it no more. What was loaded is not to be seen, or done, for the other one.
      tellOfOrganisation(session);
      return void changeOrganisation(queryClient, session);
    }
    queryClient.setQueryData(sessionQuery.queryKey, session);
    live.revive();
    void queryClient.invalidateQueries();
  };
  return onSessionEnded(() => void ask());
}
