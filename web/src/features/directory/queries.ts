import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { all, MOST, PAGE_SIZE } from "@/api/page";
import type { Team } from "@/api/schema";
import { ORGANISATIONS, SERVICE_ACCOUNTS, USERS } from "@/lib/query-keys";

/** So many of the people whom a search finds. */
export const foundUsersQuery = (search: string, limit: number) =>
  queryOptions({
    queryKey: [...USERS, "found", search, limit],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/users", { params: { query: { search, limit } }, signal })),
  });

/** One person. */
export const userQuery = (id: string) =>
  queryOptions({
    queryKey: [...USERS, "one", id],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/users/{id}", { params: { path: { id } }, signal })),
  });

/** Service accounts, the newest first. */
export const serviceAccountsQuery = infiniteQueryOptions({
  queryKey: [...SERVICE_ACCOUNTS, "list"],
  queryFn: ({ pageParam, signal }) => {
    const query = given({ cursor: pageParam, limit: PAGE_SIZE });
    return answerOf(api.GET("/api/v1/service-accounts", { params: { query }, signal }));
  },
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
});

/** One service account. */
export const serviceAccountQuery = (id: string) =>
  queryOptions({
    queryKey: [...SERVICE_ACCOUNTS, "one", id],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/service-accounts/{id}", { params: { path: { id } }, signal })),
  });

/** Organisations by name: all of them, or those whose name begins so. */
export const organisationsQuery = (search: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [...ORGANISATIONS, "list", search ?? ""],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ search, cursor: pageParam, limit: PAGE_SIZE });
      return answerOf(api.GET("/api/v1/organisations", { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
  });

/** One organisation. */
export const organisationQuery = (id: string) =>
  queryOptions({
    queryKey: [...ORGANISATIONS, "one", id],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/organisations/{id}", { params: { path: { id } }, signal })),
  });

/** Who belongs to an organisation. */
export const membersQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...ORGANISATIONS, "members", id],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ cursor: pageParam, limit: PAGE_SIZE });
      return answerOf(api.GET("/api/v1/organisations/{id}/members", { params: { path: { id }, query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
  });

/** All teams of an organisation, to choose from. There are 1,000 at most. */
export const allTeamsQuery = (id: string) =>
  queryOptions({
    queryKey: [...ORGANISATIONS, "all-teams", id],
    queryFn: ({ signal }) =>
      all<Team>((cursor) => {
        const params = { path: { id }, query: given({ cursor, limit: MOST }) };
        return answerOf(api.GET("/api/v1/organisations/{id}/teams", { params, signal }));
      }),
  });

/** One team. */
export const teamQuery = (id: string, team: string) =>
  queryOptions({
    queryKey: [...ORGANISATIONS, "team", id, team],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/organisations/{id}/teams/{team}", { params: { path: { id, team } }, signal })),
  });
