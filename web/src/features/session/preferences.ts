import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import { asApiError } from "@/api/problem";
import type { UpdatePreferences, UserPreferences } from "@/api/schema";
import { useSession } from "./session-life";

/** What whoever is signed in prefers, on every device. */
export const preferencesQuery = queryOptions({
  queryKey: ["preferences", "own"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/users/me/preferences", { signal })),
});

/** Whether what is preferred is that of whoever sits before the screen, and not of somebody as whom they act. */
export function usePrefersOneself(): boolean {
  const session = useSession();
  return session !== null && !session.acting;
}

/** Another tab or device may have changed something meanwhile; so often it is read anew. */
const TRIES = 4;

/**
 * Changes what whoever is signed in prefers.
 *
 * @param change the change of what stands there. Where somebody else was faster it is asked again, of what stands there then, so that
 * nothing of theirs is lost.
 */
export async function changePreferences(
  queryClient: QueryClient,
  change: (now: UserPreferences) => UpdatePreferences,
): Promise<UserPreferences> {
  const { queryKey } = preferencesQuery;
  let now = queryClient.getQueryData(queryKey) ?? (await queryClient.fetchQuery(preferencesQuery));
  for (let left = TRIES; ; left -= 1) {
    try {
      const params = { header: { "If-Match": `"${now.version}"` } };
      const kept = await answerOf(api.PATCH("/api/v1/users/me/preferences", { params, body: change(now) }));
      queryClient.setQueryData(queryKey, kept);
      return kept;
    } catch (error) {
      if (asApiError(error).problem.status !== 412 || left <= 1) throw error;
      now = await queryClient.fetchQuery({ ...preferencesQuery, staleTime: 0 });
    }
  }
}
