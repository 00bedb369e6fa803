import { queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import type { DirectPermission, PermissionEffect } from "@/api/schema";
import { USERS } from "@/lib/query-keys";

/** What a user is given or denied by itself, beside their roles. */
export const directPermissionsQuery = (id: string) =>
  queryOptions({
    queryKey: [...USERS, "permissions", id],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/users/{id}/permissions", { params: { path: { id } }, signal })),
  });

/** How a permission is given or denied. */
export interface PermissionOrder {
  effect: PermissionEffect;
  /** For good when null. */
  expiresAt: string | null;
  /** Only for this organisation; everywhere when empty. */
  organisation: string;
  /** Only while this holds, in CEL; always when empty. */
  condition: string;
}

/** Gives or denies a user a permission. */
export const putPermission = (id: string, permission: string, order: PermissionOrder) =>
  api.PUT("/api/v1/users/{id}/permissions/{permission}", {
    params: { path: { id, permission } },
    body: {
      effect: order.effect,
      ...(order.expiresAt !== null && { expires_at: order.expiresAt }),
      ...(order.organisation !== "" && { organisation_id: order.organisation }),
      ...(order.condition !== "" && { condition: order.condition }),
    },
  });

/** Takes away what a user is given or denied by itself. */
export const clearPermission = (id: string, held: DirectPermission) =>
  api.DELETE("/api/v1/users/{id}/permissions/{permission}", {
    params: {
      path: { id, permission: held.permission },
      query: given({ organisation_id: held.organisation_id ?? undefined }),
    },
  });
