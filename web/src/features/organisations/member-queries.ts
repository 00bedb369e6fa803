import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { all, MOST, PAGE_SIZE } from "@/api/page";
import type { InviteMember, Role } from "@/api/schema";
import { ORGANISATIONS } from "@/lib/query-keys";

/** The roles that can be held inside an organisation, by name. */
export const rolesInsideQuery = (id: string) =>
  queryOptions({
    queryKey: [...ORGANISATIONS, "roles", id],
    queryFn: ({ signal }) =>
      all<Role>((cursor) => {
        const params = { path: { id }, query: given({ cursor, limit: MOST }) };
        return answerOf(api.GET("/api/v1/organisations/{id}/roles", { params, signal }));
      }),
  });

/** Makes a user a member, without asking them. */
export const addMember = (id: string, user: string) =>
  api.PUT("/api/v1/organisations/{id}/members/{user}", { params: { path: { id, user } } });

export const removeMember = (id: string, user: string) =>
  api.DELETE("/api/v1/organisations/{id}/members/{user}", { params: { path: { id, user } } });

/** A role as it is given inside. */
interface GivenRole {
  role: string;
  /** For which team; for the whole organisation without. */
  team?: string | undefined;
  /** For good when null. */
  expiresAt: string | null;
}

/** Gives a member a role inside, or for a team. */
export const giveMemberRole = (id: string, user: string, { role, team, expiresAt }: GivenRole) =>
  api.PUT("/api/v1/organisations/{id}/members/{user}/roles/{role}", {
    params: { path: { id, user, role } },
    body: given({ team_id: team, expires_at: expiresAt ?? undefined }),
  });

export const takeMemberRole = (id: string, user: string, role: string, team: string | null) =>
  api.DELETE("/api/v1/organisations/{id}/members/{user}/roles/{role}", {
    params: { path: { id, user, role }, query: given({ team_id: team ?? undefined }) },
  });

/** The invitations of an organisation that nobody has answered yet, the newest first. */
export const invitationsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...ORGANISATIONS, "invitations", id],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ cursor: pageParam, limit: PAGE_SIZE });
      return answerOf(api.GET("/api/v1/organisations/{id}/invitations", { params: { path: { id }, query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
  });

export const inviteMember = (id: string, body: InviteMember) =>
  answerOf(api.POST("/api/v1/organisations/{id}/invitations", { params: { path: { id } }, body }));

export const withdrawInvitation = (id: string, invitation: string) =>
  api.DELETE("/api/v1/organisations/{id}/invitations/{invitation}", { params: { path: { id, invitation } } });
