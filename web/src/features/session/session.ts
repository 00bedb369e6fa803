import type { QueryClient } from "@tanstack/react-query";
import { activity, answerOf, api } from "@/api/client";
import type { ConsoleSession, LoginRequest, ResetRequest, SetupRequest } from "@/api/schema";
import { sessionQuery } from "./queries";

/** Makes the first administrator and signs them in. */
export const setUp = (request: SetupRequest) => answerOf(api.POST("/console/setup", { body: request }));

/** Gives the administrator of a one-time link a new password and signs them in. */
export const resetPassword = (request: ResetRequest) => answerOf(api.POST("/console/reset", { body: request }));

/** Signs in; the session itself is a cookie that no script can read. */
export const signIn = (request: LoginRequest) => answerOf(api.POST("/console/session", { body: request }));

export const signOut = () => api.DELETE("/console/session");

/** Puts a new session in place and forgets everything that another account may have loaded. */
export function adoptSession(queryClient: QueryClient, session: ConsoleSession): void {
  queryClient.clear();
  queryClient.setQueryData(sessionQuery.queryKey, session);
}

/**
 * When the session ends, in this computer's clock (ms since 1970).
 *
 * Every answered call moves the idle end, which the session as loaded does not know; so the idle time is taken from the
 * session, counted from the last answered call. It never outlives the absolute end.
 *
 * @param loadedAt when the session was loaded, in this computer's clock
 */
export function sessionEndsAt(
  session: ConsoleSession,
  loadedAt: number,
  { answeredAt, clockOffset } = activity,
): number {
  const idleEnd = Date.parse(session.idle_expires_at) - clockOffset;
  const idleTime = idleEnd - loadedAt;
  const absoluteEnd = Date.parse(session.expires_at) - clockOffset;
  return Math.min(Math.max(idleEnd, answeredAt + idleTime), absoluteEnd);
}
