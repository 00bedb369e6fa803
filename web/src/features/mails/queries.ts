import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";

/** Captured mails, newest first; those to one address, where it is given. */
export const mailsQuery = (to?: string) =>
  infiniteQueryOptions({
    queryKey: ["captured-mails", "list", { to }],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/notifications/captured-mails", {
          params: { query: given({ to, cursor: pageParam, limit: PAGE_SIZE }) },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const mailQuery = (id: string) =>
  queryOptions({
    queryKey: ["captured-mails", "one", id],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/notifications/captured-mails/{id}", { params: { path: { id } }, signal })),
    // A captured mail never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });

export const mailPreviewPath = (id: string) => `/console/mails/${encodeURIComponent(id)}/preview`;

/**
 * Whether the page with a mail's HTML can be had. It is asked for before a frame shows it, for a frame does not tell whether it
 * shows the mail or the browser's own word on a server that is away. Its text cannot be put into a frame instead: there the
 * console's policy would hold, which leaves a mail without its colours.
 */
export const mailPreviewQuery = (id: string) =>
  queryOptions({
    queryKey: ["captured-mails", "preview", id],
    queryFn: async ({ signal }) => {
      await api.GET("/console/mails/{id}/preview", { params: { path: { id } }, parseAs: "text", signal });
      return true;
    },
    staleTime: Number.POSITIVE_INFINITY,
    // Asked anew for each frame.
    gcTime: 0,
  });
