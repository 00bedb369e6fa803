import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";

/** Whether a user may do each of these on the platform as a whole, and why. */
export const decisionsQuery = (userId: string, permissions: readonly string[]) =>
  queryOptions({
    // Under the user's own: what is given or taken from them changes it.
    queryKey: ["users", "decisions", userId, permissions],
    queryFn: ({ signal }) =>
      answerOf(
        api.POST("/api/v1/authz/check", {
          body: { user_id: userId, questions: permissions.map((permission) => ({ permission })) },
          signal,
        }),
      ),
  });

/** Who may do something on the platform as a whole. */
export const whoCanQuery = (permission: string) =>
  infiniteQueryOptions({
    queryKey: ["roles", "who-can", permission],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/authz/who-can", {
          params: { query: { permission, ...given({ cursor: pageParam, limit: PAGE_SIZE }) } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
