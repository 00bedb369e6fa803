import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import { USERS } from "@/lib/query-keys";

/** Whose address: a user's by their id, or one's own. */
export type Whose = string | undefined;

/** An address, and its change that waits. */
export const emailChangeQuery = (id: Whose) =>
  queryOptions({
    queryKey: [...USERS, "email-change", id ?? "me"],
    queryFn: ({ signal }) =>
      answerOf(
        id === undefined
          ? api.GET("/api/v1/users/me/email-change", { signal })
          : api.GET("/api/v1/users/{id}/email-change", { params: { path: { id } }, signal }),
      ),
  });

/** Asks for another address: mails go to both. */
export const requestEmailChange = (id: Whose, email: string) =>
  answerOf(
    id === undefined
      ? api.POST("/api/v1/users/me/email-change", { body: { email } })
      : api.POST("/api/v1/users/{id}/email-change", { params: { path: { id } }, body: { email } }),
  );

/** Has the links that were mailed lead nowhere. */
export const withdrawEmailChange = (id: Whose) =>
  id === undefined
    ? api.DELETE("/api/v1/users/me/email-change")
    : api.DELETE("/api/v1/users/{id}/email-change", { params: { path: { id } } });
