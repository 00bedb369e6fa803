import type { UseInfiniteQueryResult } from "@tanstack/react-query";

/** Where a growing list comes from: how far it is, and how it goes on. */
export interface ListSource {
  /** Whether the first page is still awaited. */
  pending: boolean;
  /** Why the last call failed; null when it did not. */
  error: unknown;
  /** Whether a call is under way. */
  busy: boolean;
  /** Whether what is shown belongs to the choice before. */
  stale: boolean;
  /** Whether a page follows. How many rows there are in all, nobody counts. */
  hasMore: boolean;
  loadMore: () => void;
  retry: () => void;
}

type Query = Pick<
  UseInfiniteQueryResult,
  "isPending" | "error" | "isFetching" | "isPlaceholderData" | "hasNextPage" | "fetchNextPage" | "refetch"
>;

/** The source of a list whose pages an infinite query fetches. */
export function listSource(query: Query): ListSource {
  return {
    pending: query.isPending,
    error: query.error,
    busy: query.isFetching,
    stale: query.isPlaceholderData,
    hasMore: query.hasNextPage,
    loadMore: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}

/** The source of a list that is there as a whole. */
export const WHOLE_LIST: ListSource = {
  pending: false,
  error: null,
  busy: false,
  stale: false,
  hasMore: false,
  loadMore: () => {},
  retry: () => {},
};
