import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";

/** The providers that people may sign in at. */
export const providersQuery = queryOptions({
  queryKey: ["providers", "all"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/auth/providers", { signal })),
});

/** Identities at providers: of a user by id, or one's own. */
export const identitiesQuery = (whose: string | undefined) =>
  queryOptions({
    queryKey: ["providers", "identities", whose ?? "own"],
    queryFn: ({ signal }) =>
      answerOf(
        whose === undefined
          ? api.GET("/api/v1/auth/providers/linked", { signal })
          : api.GET("/api/v1/auth/admin/users/{id}/providers", { params: { path: { id: whose } }, signal }),
      ),
  });

/** Where the browser goes to link one's own identity. */
export const beginLink = async (name: string) =>
  (await answerOf(api.POST("/api/v1/auth/providers/{name}/link", { params: { path: { name } } }))).url;

export const unlink = (whose: string | undefined, identity: string) =>
  whose === undefined
    ? api.DELETE("/api/v1/auth/providers/linked/{id}", { params: { path: { id: identity } } })
    : api.DELETE("/api/v1/auth/admin/users/{id}/providers/{identity_id}", {
        params: { path: { id: whose, identity_id: identity } },
      });

export const makePrimary = (identity: string) =>
  api.PUT("/api/v1/auth/providers/linked/{id}/primary", { params: { path: { id: identity } } });
