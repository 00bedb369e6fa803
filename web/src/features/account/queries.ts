import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "@/api/client";
import type { ChangePasswordRequest } from "@/api/schema";
import { makePasskey, sendMadePasskey } from "@/lib/passkeys";

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

/** One's own passkeys, oldest first. */
export const passkeysQuery = queryOptions({
  queryKey: ["passkeys", "own"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/auth/passkeys", { signal })),
});

/** Sets up a passkey by this browser; the first second factor of an account brings backup codes. */
export async function addPasskey() {
  const { flow_id, public_key } = await answerOf(api.POST("/api/v1/auth/passkeys/options"));
  const credential = await makePasskey(public_key);
  return sendMadePasskey(() => answerOf(api.POST("/api/v1/auth/passkeys", { body: { flow_id, credential } })));
}

export const renamePasskey = (id: string, name: string) =>
  answerOf(api.PATCH("/api/v1/auth/passkeys/{id}", { params: { path: { id } }, body: { name } }));

export const removePasskey = (id: string) => api.DELETE("/api/v1/auth/passkeys/{id}", { params: { path: { id } } });

/** Makes another password one's own; all other sessions end. */
export const changePassword = (body: ChangePasswordRequest) => api.POST("/api/v1/auth/password", { body });

/** Has a link mailed by which whoever has this address chooses a password. */
export const orderResetLink = (email: string) => api.POST("/api/v1/auth/password/reset", { body: { email } });
