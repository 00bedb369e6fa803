import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import { ORGANISATIONS } from "@/lib/query-keys";

/** The organisations that somebody belongs to: a user by id, or oneself. */
export const membershipsQuery = (whose: string | undefined) =>
  queryOptions({
    queryKey: [...ORGANISATIONS, "memberships", whose ?? "own"],
    queryFn: ({ signal }) =>
      answerOf(
        whose === undefined
          ? api.GET("/api/v1/users/me/organisations", { signal })
          : api.GET("/api/v1/users/{id}/organisations", { params: { path: { id: whose } }, signal }),
      ),
  });

/** Leaves an organisation oneself. */
export const leaveOrganisation = (id: string) =>
  api.DELETE("/api/v1/users/me/organisations/{id}", { params: { path: { id } } });

/** The invitations that wait for one's own answer. */
export const ownInvitationsQuery = queryOptions({
  queryKey: [...ORGANISATIONS, "own-invitations"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/users/me/organisation-invitations", { signal })),
});

export const acceptInvitation = (id: string) =>
  api.POST("/api/v1/users/me/organisation-invitations/{id}", { params: { path: { id } } });

export const declineInvitation = (id: string) =>
  api.DELETE("/api/v1/users/me/organisation-invitations/{id}", { params: { path: { id } } });
