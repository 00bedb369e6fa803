import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";
import { asApiError } from "@/api/problem";
import type { InviteUser, UpdateProfile, UserStatus } from "@/api/schema";
import { USERS } from "@/lib/query-keys";
import type { UserFilter } from "./user-filter";

export const usersQuery = (filter: UserFilter) =>
  infiniteQueryOptions({
    queryKey: [...USERS, "list", filter],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/users", {
          params: { query: given({ ...filter, cursor: pageParam, limit: PAGE_SIZE }) },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

/** The second factor of a user. */
export const userTwoFactorQuery = (id: string) =>
  queryOptions({
    queryKey: [...USERS, "two-factor", id],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/auth/admin/users/{id}/two-factor", { params: { path: { id } }, signal })),
  });

/** Takes the second factor of a user away. */
export const resetTwoFactor = (id: string, reason: string) =>
  api.POST("/api/v1/auth/admin/users/{id}/two-factor/reset", { params: { path: { id } }, body: { reason } });

/** Has a user choose another password: by the link that they are mailed, or at their next sign-in. */
export const orderPasswordReset = (id: string, reason: string) =>
  api.POST("/api/v1/auth/admin/users/{id}/password-reset", { params: { path: { id } }, body: { reason } });

/** Suspends, deactivates, deletes or brings back a user, unless somebody else has changed them since this version. */
export const changeStatus = (id: string, version: number, status: UserStatus, reason: string) =>
  answerOf(
    api.PUT("/api/v1/users/{id}/status", {
      params: { path: { id }, header: { "If-Match": `"${version}"` } },
      body: { status, reason },
    }),
  );

/** Changes a profile, unless somebody else has changed it since this version. */
export const changeProfile = (id: string, version: number, change: UpdateProfile) =>
  answerOf(
    api.PATCH("/api/v1/users/{id}", {
      params: { path: { id }, header: { "If-Match": `"${version}"` } },
      body: change,
    }),
  );

/** Creates somebody; the user who was made. */
export const inviteUser = (body: InviteUser) => answerOf(api.POST("/api/v1/users", { body }));

/** The invitation of a user; null for those who came by themselves. */
export const invitationQuery = (id: string) =>
  queryOptions({
    queryKey: [...USERS, "invitation", id],
    queryFn: async ({ signal }) => {
      try {
        return await answerOf(api.GET("/api/v1/users/{id}/invitation", { params: { path: { id } }, signal }));
      } catch (error) {
        if (asApiError(error).problem.status === 404) return null;
        throw error;
      }
    },
  });

/** Mails somebody their invitation. */
export const sendInvitation = (id: string) =>
  answerOf(api.POST("/api/v1/users/{id}/invitation", { params: { path: { id } } }));

/** Has the links that somebody was mailed lead nowhere. */
export const withdrawInvitation = (id: string) =>
  api.DELETE("/api/v1/users/{id}/invitation", { params: { path: { id } } });
