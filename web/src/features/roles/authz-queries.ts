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

/** One question: may somebody do this, and on what? */
export interface AuthzQuestion {
  user: string;
  permission: string;
  /** On something of this organisation; on the platform as a whole without. */
  organisation?: string | undefined;
  /** On this user, or on something of theirs. */
  owner?: string | undefined;
}

/** The answer, and all that bears on it: asked of what enforces. */
export const explanationQuery = ({ user, permission, organisation, owner }: AuthzQuestion) =>
  queryOptions({
    queryKey: ["users", "explanation", user, permission, organisation, owner],
    queryFn: ({ signal }) => {
      const body = { user_id: user, permission, ...given({ organisation_id: organisation, owner_id: owner }) };
      return answerOf(api.POST("/api/v1/authz/explain", { body, signal }));
    },
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
