import { infiniteQueryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";
import type { ApiKey, CreateApiKey, ServiceAccount } from "@/api/schema";

/** Whose keys: one's own, those of a user, or those of everybody. */
export type Whose = "own" | "everybody" | { userId: string };

/** What every list of keys is kept under. */
export const API_KEYS = ["api-keys"] as const;

/** Keys, the newest first. */
export const apiKeysQuery = (whose: Whose) =>
  infiniteQueryOptions({
    queryKey: [...API_KEYS, whose],
    queryFn: ({ pageParam, signal }) => {
      const query = given({
        everybody: whose === "everybody" ? true : undefined,
        user_id: typeof whose === "object" ? whose.userId : undefined,
        cursor: pageParam,
        limit: PAGE_SIZE,
      });
      return answerOf(api.GET("/api/v1/api-keys", { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
  });

const seen = (key: ApiKey) => ({ path: { id: key.id }, header: { "If-Match": `"${key.version}"` } });

/** Makes a key of one's own, or of a service account; its secret is in the answer alone. */
export const createApiKey = (of: ServiceAccount | null, body: CreateApiKey) =>
  of
    ? answerOf(api.POST("/api/v1/service-accounts/{id}/api-keys", { params: { path: { id: of.id } }, body }))
    : answerOf(api.POST("/api/v1/api-keys", { body }));

/** Gives a key a new secret; the old one goes on for so many seconds. */
export const rotateApiKey = (key: ApiKey, overlap: number) =>
  answerOf(api.POST("/api/v1/api-keys/{id}/rotate", { params: seen(key), body: { overlap_seconds: overlap } }));

/** Revokes a key, whatever it says by now. */
export const revokeApiKey = (key: ApiKey) => api.DELETE("/api/v1/api-keys/{id}", { params: { path: { id: key.id } } });
