import { infiniteQueryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";

/**
 * The log's events of which a condition holds, newest first. It stays as it was found, however old, for somebody reads it.
 *
 * @param look tells one look from the next: each asks anew, from the newest event on, and not for all pages of the one before
 */
export const eventLogQuery = (filter: string, look: number) =>
  infiniteQueryOptions({
    queryKey: ["events", "log", { filter, look }] as const,
    queryFn: async ({ pageParam, signal }) => {
      const askedAt = Date.now();
      const query = given({ filter, cursor: pageParam, limit: PAGE_SIZE });
      return { ...(await answerOf(api.GET("/api/v1/events", { params: { query }, signal }))), askedAt };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    // Who comes back to a condition asks anew.
    gcTime: 0,
  });
