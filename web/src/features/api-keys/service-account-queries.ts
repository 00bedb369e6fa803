import { answerOf, api } from "@/api/client";
import type { CreateServiceAccount, ServiceAccount, UpdateServiceAccount } from "@/api/schema";

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
