import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";
import { ROLES, USERS } from "@/lib/query-keys";
import type { Attributes } from "./attributes";

/** Whether a user may do each of these on the platform as a whole, and why. */
export const decisionsQuery = (userId: string, permissions: readonly string[]) =>
  queryOptions({
    // Under the user's own: what is given or taken from them changes it.
    queryKey: [...USERS, "decisions", userId, permissions],
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
  /** On something of this team of it; on that of all of it without. */
  team?: string | undefined;
  /** On this user, or on something of theirs. */
  owner?: string | undefined;
  /** What the object is besides. */
  attributes?: Attributes | undefined;
}

/** The answer, and all that bears on it: asked of what enforces. */
export const explanationQuery = ({ user, permission, organisation, team, owner, attributes }: AuthzQuestion) =>
  queryOptions({
    queryKey: [...USERS, "explanation", user, permission, organisation, team, owner, attributes],
    queryFn: ({ signal }) => {
      const about = given({ organisation_id: organisation, team_id: team, owner_id: owner, attributes });
      const body = { user_id: user, permission, ...about };
      return answerOf(api.POST("/api/v1/authz/explain", { body, signal }));
    },
  });

/** Who may do something on the platform as a whole. */
export const whoCanQuery = (permission: string) =>
  infiniteQueryOptions({
    queryKey: [...ROLES, "who-can", permission],
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
