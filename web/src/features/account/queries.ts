import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";

/** One's own second factor. */
export const twoFactorQuery = queryOptions({
  queryKey: ["two-factor", "own"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/auth/two-factor", { signal })),
});

/** A key for a new authenticator app; it counts once a code of it is confirmed. */
export const beginTotp = () => answerOf(api.POST("/api/v1/auth/two-factor/totp"));

/** Puts the app in use; gives the backup codes. */
export const confirmTotp = (code: string, endOtherSessions: boolean) =>
  answerOf(api.POST("/api/v1/auth/two-factor/totp/confirm", { body: { code, end_other_sessions: endOtherSessions } }));

export const removeTotp = () => api.DELETE("/api/v1/auth/two-factor/totp");

export const renewBackupCodes = () => answerOf(api.POST("/api/v1/auth/two-factor/backup-codes"));
