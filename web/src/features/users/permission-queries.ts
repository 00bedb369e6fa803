import { queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import type { DirectPermission, PermissionEffect } from "@/api/schema";

/** What a user is given or denied by itself, beside their roles. */
export const directPermissionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["users", "permissions", id],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/users/{id}/permissions", { params: { path: { id } }, signal })),
  });

/** Gives or denies a user a permission, for good or until then. */
export const putPermission = (id: string, permission: string, effect: PermissionEffect, expiresAt: string | null) =>
  api.PUT("/api/v1/users/{id}/permissions/{permission}", {
    params: { path: { id, permission } },
    body: { effect, ...(expiresAt !== null && { expires_at: expiresAt }) },
  });

/** Takes away what a user is given or denied by itself. */
export const clearPermission = (id: string, held: DirectPermission) =>
  api.DELETE("/api/v1/users/{id}/permissions/{permission}", {
    params: {
      path: { id, permission: held.permission },
      query: given({ organisation_id: held.organisation_id ?? undefined }),
    },
  });
