import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";
import { type AuditFilter, asked } from "./filter";

/** What all that is read of the audit log is kept under. */
export const AUDIT = ["audit"] as const;

/** Entries, newest first. */
export const entriesQuery = (filter: AuditFilter, limit = PAGE_SIZE) =>
  infiniteQueryOptions({
    queryKey: [...AUDIT, "entries", filter, limit],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ ...asked(filter), cursor: pageParam, limit });
      return answerOf(api.GET("/api/v1/audit", { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
  });

/** One entry, with its link in the chain. */
export const entryQuery = (id: string) =>
  queryOptions({
    queryKey: [...AUDIT, "entry", id],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/audit/{id}", { params: { path: { id } }, signal })),
  });

/** Takes the personal values out of an entry. */
export const redactEntry = (id: string, reason: string) =>
  answerOf(api.PUT("/api/v1/audit/{id}/redaction", { params: { path: { id } }, body: { reason } }));

/** What is known of the chain. While a verification runs that was begun after this moment, it is asked for again and again. */
export const verificationQuery = (running: string | null | undefined) =>
  queryOptions({
    queryKey: [...AUDIT, "verification"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/audit/verification", { signal })),
    refetchInterval: running === undefined ? false : 500,
  });

/** Has the log verified; what was known before. */
export const verifyLog = () => answerOf(api.POST("/api/v1/audit/verification"));

/** Signs a checkpoint, where the log has grown since the last one. */
export const signCheckpoint = () => answerOf(api.POST("/api/v1/audit/checkpoints"));

/** Where the entries of a filter are got as a file. */
export function exportAddress(filter: AuditFilter, format: "csv" | "ndjson"): string {
  const query = Object.entries(given({ ...asked(filter), format })).map(([name, value]) => [name, String(value)]);
  return `/api/v1/audit/export?${new URLSearchParams(query)}`;
}
