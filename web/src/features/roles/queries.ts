import { queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { all, MOST } from "@/api/page";
import type { CreateRole, PermissionInfo, Role, UpdateRole } from "@/api/schema";
import { ROLES } from "@/lib/query-keys";

/** All roles, by name. */
export const rolesQuery = queryOptions({
  queryKey: [...ROLES, "list"],
  queryFn: ({ signal }) =>
    all<Role>((cursor) =>
      answerOf(api.GET("/api/v1/roles", { params: { query: given({ cursor, limit: MOST }) }, signal })),
    ),
});

/** All permissions that there are, by name. */
export const permissionsQuery = queryOptions({
  queryKey: [...ROLES, "permissions"],
  queryFn: ({ signal }) =>
    all<PermissionInfo>((cursor) =>
      answerOf(api.GET("/api/v1/permissions", { params: { query: given({ cursor, limit: MOST }) }, signal })),
    ),
});

/** Has decisions about a permission logged, or no more. */
export const logDecisions = (permission: string, logged: boolean) =>
  answerOf(
    api.PATCH("/api/v1/permissions/{permission}", {
      params: { path: { permission } },
      body: { log_decisions: logged },
    }),
  );

/** One role, and who hangs on it. */
export const roleQuery = (role: string) =>
  queryOptions({
    queryKey: [...ROLES, "one", role],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/roles/{role}", { params: { path: { role } }, signal })),
  });

export const createRole = (body: CreateRole) => answerOf(api.POST("/api/v1/roles", { body }));

const seen = (role: Role) => ({ path: { role: role.name }, header: { "If-Match": `"${role.version}"` } });

/** Changes a role, unless somebody else has changed it since this version. */
export const changeRole = (role: Role, body: UpdateRole) =>
  answerOf(api.PATCH("/api/v1/roles/{role}", { params: seen(role), body }));

/** Removes a role that nobody holds. */
export const deleteRole = (role: Role) => answerOf(api.DELETE("/api/v1/roles/{role}", { params: seen(role) }));
