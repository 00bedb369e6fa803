import { infiniteQueryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";
import type { AttemptFilter, EventFilter } from "./views";

const paged = { initialPageParam: undefined as string | undefined };
const next = (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined;

/** What was noticed about the security of accounts; of one user, or of all. */
export const securityEventsQuery = (user: string | undefined, filter: EventFilter) =>
  infiniteQueryOptions({
    queryKey: ["security", "events", user, filter],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ ...filter, user_id: user, cursor: pageParam, limit: PAGE_SIZE });
      return answerOf(api.GET("/api/v1/auth/admin/security-events", { params: { query }, signal }));
    },
    ...paged,
    getNextPageParam: next,
  });

/** Sign-ins, also those that failed. */
export const attemptsQuery = ({ address, ...filter }: AttemptFilter) =>
  infiniteQueryOptions({
    queryKey: ["security", "attempts", { address, ...filter }],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ ...filter, ip_address: address, cursor: pageParam, limit: PAGE_SIZE });
      return answerOf(api.GET("/api/v1/auth/admin/login-attempts", { params: { query }, signal }));
    },
    ...paged,
    getNextPageParam: next,
  });

/** What every list of throttles is kept under. */
export const THROTTLES = ["security", "throttles"] as const;

/** What delays tries at this moment; of one user, or of all. */
export const throttlesQuery = (user: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [...THROTTLES, user],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ user_id: user, cursor: pageParam, limit: PAGE_SIZE });
      return answerOf(api.GET("/api/v1/auth/admin/throttles", { params: { query }, signal }));
    },
    ...paged,
    getNextPageParam: next,
  });

export const liftThrottle = (id: string) =>
  api.DELETE("/api/v1/auth/admin/throttles/{id}", { params: { path: { id } } });

/** The keys that sign access tokens. */
export const keysQuery = infiniteQueryOptions({
  queryKey: ["security", "keys"],
  queryFn: ({ pageParam, signal }) => {
    const query = given({ cursor: pageParam, limit: PAGE_SIZE });
    return answerOf(api.GET("/api/v1/auth/admin/keys", { params: { query }, signal }));
  },
  ...paged,
  getNextPageParam: next,
});

/** Has the next key made, unless one waits already; the answer says which, and when it begins to sign. */
export const rotateKeys = () => answerOf(api.POST("/api/v1/auth/admin/keys/rotate"));
