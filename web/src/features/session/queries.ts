import { queryOptions } from "@tanstack/react-query";
import { answerOf, api, callAs, reportSessionEnded } from "@/api/client";
import { ApiError } from "@/api/problem";
import type { ConsoleSession } from "@/api/schema";

/** What the console may know before anybody has signed in. */
export const stateQuery = queryOptions({
  queryKey: ["state"],
  queryFn: ({ signal }) => answerOf(api.GET("/console/state", { signal })),
  staleTime: 0,
});

/** What a one-time link is for. */
export type LinkPurpose = "setup" | "reset";

/** Whether a one-time link is good; an error says why it is not. */
export const linkQuery = (purpose: LinkPurpose, token: string) =>
  queryOptions({
    queryKey: ["one-time-link", purpose, token],
    queryFn: async ({ signal }) => {
      await api.POST(`/console/${purpose}/check`, { body: { token }, signal });
      return true;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The session, or null when nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal, client, queryKey }): Promise<ConsoleSession | null> => {
    try {
      const session = await answerOf(api.GET("/console/session", { signal }));
      const known = client.getQueryData<ConsoleSession>(queryKey);
      if (known && (known.user_id !== session.user_id || known.organisation?.id !== session.organisation?.id)) {
        // What the page shows is somebody else's, or another organisation's: whoever follows the end of a session begins anew.
        reportSessionEnded();
        return known;
      }
      callAs(session);
      return session;
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 401) {
        // Whoever follows the end of a session takes it away (`followSessionEnd`); without it the page would be empty until then.
        return client.getQueryData<ConsoleSession>(queryKey) ?? null;
      }
      throw error;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});
