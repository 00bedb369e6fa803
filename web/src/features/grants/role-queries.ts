import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import { USERS } from "@/lib/query-keys";

/** The roles that a user holds. */
export const heldRolesQuery = (id: string) =>
  queryOptions({
    queryKey: [...USERS, "roles", id],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/users/{id}/roles", { params: { path: { id } }, signal })),
  });

/** Gives a user a role, for good or until then, and only while a condition holds unless that is empty. */
export const giveRole = (id: string, role: string, expiresAt: string | null, condition: string) =>
  api.PUT("/api/v1/users/{id}/roles/{role}", {
    params: { path: { id, role } },
    body: { ...(expiresAt !== null && { expires_at: expiresAt }), ...(condition !== "" && { condition }) },
  });

/** Takes a role from a user. */
export const takeRole = (id: string, role: string) =>
  api.DELETE("/api/v1/users/{id}/roles/{role}", { params: { path: { id, role } } });
