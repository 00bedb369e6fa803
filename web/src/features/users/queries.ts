import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";
import type { User, UserStatus } from "@/api/schema";

/** The statuses to filter by. */
export const USER_STATUSES: readonly UserStatus[] = [
  "active",
  "pending_verification",
  "inactive",
  "suspended",
  "deleted",
];

/** How many characters the server lets a search have. */
export const LONGEST_SEARCH = 200;

export interface UserFilter {
  search?: string | undefined;
  status?: UserStatus | undefined;
}

export const usersQuery = ({ search, status }: UserFilter) =>
  infiniteQueryOptions({
    queryKey: ["users", "list", { search, status }],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/users", {
          params: { query: given({ search, status, cursor: pageParam, limit: PAGE_SIZE }) },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ["users", "one", id],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/users/{id}", { params: { path: { id } }, signal })),
  });

/** The second factor of a user. */
export const userTwoFactorQuery = (id: string) =>
  queryOptions({
    queryKey: ["users", "two-factor", id],
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

/** What an administrator changes of a profile; null clears, and what is absent stays. */
export type ProfileChange = Partial<
  Pick<User, "display_name" | "first_name" | "last_name" | "bio" | "locale" | "timezone">
>;

/** Changes a profile, unless somebody else has changed it since this version. */
export const changeProfile = (id: string, version: number, change: ProfileChange) =>
  answerOf(
    api.PATCH("/api/v1/users/{id}", {
      params: { path: { id }, header: { "If-Match": `"${version}"` } },
      body: change,
    }),
  );
