import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";
import type { CapturedMail, CapturedMailSummary, Page } from "@/api/schema";

export const mailsQuery = infiniteQueryOptions({
  queryKey: ["captured-mails", "list"],
  queryFn: ({ pageParam, signal }) =>
    api.get<Page<CapturedMailSummary>>("/api/v1/notifications/captured-mails", {
      query: { cursor: pageParam, limit: PAGE_SIZE },
      signal,
    }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next_cursor ?? undefined,
});

export const mailQuery = (id: string) =>
  queryOptions({
    queryKey: ["captured-mails", "one", id],
    queryFn: ({ signal }) =>
      api.get<CapturedMail>(`/api/v1/notifications/captured-mails/${encodeURIComponent(id)}`, { signal }),
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
      await api.text(mailPreviewPath(id), { signal });
      return true;
    },
    staleTime: Number.POSITIVE_INFINITY,
    // Asked anew for each frame.
    gcTime: 0,
  });
