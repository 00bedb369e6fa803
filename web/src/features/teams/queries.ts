import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";
import type { CreateTeam, Team, UpdateTeam } from "@/api/schema";
import { ORGANISATIONS } from "@/lib/query-keys";

/** The teams of an organisation, by name. */
export const teamsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...ORGANISATIONS, "teams", id],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ cursor: pageParam, limit: PAGE_SIZE });
      return answerOf(api.GET("/api/v1/organisations/{id}/teams", { params: { path: { id }, query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
  });

/** Whether the caller may change a team, by what they hold for it. */
export const mayChangeQuery = ({ organisation_id: organisation, id }: Team) =>
  queryOptions({
    queryKey: [...ORGANISATIONS, "team-may", organisation, id],
    queryFn: async ({ signal }) => {
      const questions = [{ permission: "teams.write", organisation_id: organisation, team_id: id }];
      const answer = await answerOf(api.POST("/api/v1/authz/check", { body: { questions }, signal }));
      return answer.items[0]?.allowed ?? false;
    },
  });

/** Who is in a team. */
export const teamMembersQuery = (id: string, team: string) =>
  infiniteQueryOptions({
    queryKey: [...ORGANISATIONS, "team-members", id, team],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ cursor: pageParam, limit: PAGE_SIZE });
      const params = { path: { id, team }, query };
      return answerOf(api.GET("/api/v1/organisations/{id}/teams/{team}/members", { params, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
  });

export const createTeam = (id: string, body: CreateTeam) =>
  answerOf(api.POST("/api/v1/organisations/{id}/teams", { params: { path: { id } }, body }));

const seen = ({ organisation_id: id, id: team, version }: Team) => ({
  path: { id, team },
  header: { "If-Match": `"${version}"` },
});

/** Changes a team, unless somebody else has changed it since this version. */
export const changeTeam = (team: Team, body: UpdateTeam) =>
  answerOf(api.PATCH("/api/v1/organisations/{id}/teams/{team}", { params: seen(team), body }));

export const deleteTeam = (team: Team) => api.DELETE("/api/v1/organisations/{id}/teams/{team}", { params: seen(team) });

const place = ({ organisation_id: id, id: team }: Team, user: string) => ({ params: { path: { id, team, user } } });

/** Puts a member of the organisation into a team. */
export const addTeamMember = (team: Team, user: string) =>
  api.PUT("/api/v1/organisations/{id}/teams/{team}/members/{user}", place(team, user));

export const removeTeamMember = (team: Team, user: string) =>
  api.DELETE("/api/v1/organisations/{id}/teams/{team}/members/{user}", place(team, user));
