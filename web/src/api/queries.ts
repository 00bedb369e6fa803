import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { ApiError } from "./problem";
import type {
  CapturedMail,
  CapturedMailSummary,
  ConsoleSession,
  ConsoleState,
  LinkCheck,
  Overview,
  Page,
  PlatformEvent,
  User,
  UserStatus,
} from "./schema";

const PAGE_SIZE = 50;

/** What the console may know before anybody has signed in. */
export const stateQuery = queryOptions({
  queryKey: ["state"],
  queryFn: ({ signal }) => api.get<ConsoleState>("/console/state", { signal }),
  staleTime: 0,
});

/** What a one-time link is for. */
export type LinkPurpose = "setup" | "reset";

/** Whether a one-time link is good; an error says why it is not. */
export const linkQuery = (purpose: LinkPurpose, token: string) =>
  queryOptions({
    queryKey: ["one-time-link", purpose, token],
    queryFn: async ({ signal }) => {
      const check: LinkCheck = { token };
      await api.post<void>(`/console/${purpose}/check`, check, { signal });
      return true;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The session, or null when nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }): Promise<ConsoleSession | null> => {
    try {
      return await api.get<ConsoleSession>("/console/session", { signal });
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 401) return null;
      throw error;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});

export const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: ({ signal }) => api.get<Overview>("/console/overview", { signal }),
});

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
      const query = { filter, cursor: pageParam, limit: PAGE_SIZE };
      return { ...(await api.get<Page<PlatformEvent>>("/api/v1/events", { query, signal })), askedAt };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    // Who comes back to a condition asks anew.
    gcTime: 0,
  });

export interface UserFilter {
  search?: string | undefined;
  status?: UserStatus | undefined;
}

export const usersQuery = ({ search, status }: UserFilter) =>
  infiniteQueryOptions({
    queryKey: ["users", "list", { search, status }],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<User>>("/api/v1/users", { query: { search, status, cursor: pageParam, limit: PAGE_SIZE }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
