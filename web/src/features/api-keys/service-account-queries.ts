import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api, given } from "@/api/client";
import { PAGE_SIZE } from "@/api/page";
import type { CreateServiceAccount, ServiceAccount, UpdateServiceAccount } from "@/api/schema";

/** What lists of service accounts are kept under. */
export const SERVICE_ACCOUNTS = ["service-accounts"] as const;

/** Service accounts, the newest first. */
export const serviceAccountsQuery = infiniteQueryOptions({
  queryKey: [...SERVICE_ACCOUNTS, "list"],
  queryFn: ({ pageParam, signal }) => {
    const query = given({ cursor: pageParam, limit: PAGE_SIZE });
    return answerOf(api.GET("/api/v1/service-accounts", { params: { query }, signal }));
  },
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
});

/** One service account. */
export const serviceAccountQuery = (id: string) =>
  queryOptions({
    queryKey: [...SERVICE_ACCOUNTS, "one", id],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/service-accounts/{id}", { params: { path: { id } }, signal })),
  });

const seen = (account: ServiceAccount) => ({
  path: { id: account.id },
  header: { "If-Match": `"${account.version}"` },
});

export const createServiceAccount = (body: CreateServiceAccount) =>
  answerOf(api.POST("/api/v1/service-accounts", { body }));

/** Changes a service account, unless somebody else has changed it since this version. */
export const changeServiceAccount = (account: ServiceAccount, body: UpdateServiceAccount) =>
  answerOf(api.PATCH("/api/v1/service-accounts/{id}", { params: seen(account), body }));

export const deleteServiceAccount = (account: ServiceAccount) =>
  api.DELETE("/api/v1/service-accounts/{id}", { params: seen(account) });
