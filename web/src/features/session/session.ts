import type { QueryClient } from "@tanstack/react-query";
import { activity, answerOf, api, callAs } from "@/api/client";
import type {
  ConsoleFlow,
  ConsoleProviderVisit,
  ConsoleSession,
  ConsoleStep,
  LoginRequest,
  operations,
  ResetRequest,
  SetupRequest,
} from "@/api/schema";
import { makePasskey, provePasskey, sendMadePasskey, sendProvenPasskey } from "@/lib/passkeys";
import { sessionQuery } from "./queries";

/** Makes the first administrator and signs them in. */
export const setUp = (request: SetupRequest) => answerOf(api.POST("/console/setup", { body: request }));

/** Gives the administrator of a one-time link a new password and signs them in. */
export const resetPassword = (request: ResetRequest) => answerOf(api.POST("/console/reset", { body: request }));

/** Signs in; the session itself is a cookie that no script can read. */
export const signIn = (request: LoginRequest) => answerOf(api.POST("/console/session", { body: request }));

/** What a sign-in has come to: a session, or another step. */
export type Entry = ConsoleSession | ConsoleFlow;

/** Whether another step is needed. */
export const needsStep = (entry: Entry | undefined): entry is ConsoleFlow => entry !== undefined && "next" in entry;

/** The steps of a sign-in, as the server names them. */
export type StepName = operations["post_console_session_steps_by_step"]["parameters"]["path"]["step"];

interface StepOrder {
  step: StepName;
  /** What it asks for, or how a browser is asked for that. */
  given: ConsoleStep | (() => Promise<ConsoleStep>);
}

/** Does a step; nothing is answered when a session that there was goes on. */
export async function takeStep({ step, given }: StepOrder): Promise<Entry | undefined> {
  const body = typeof given === "function" ? await given() : given;
  const send = () => answerOf(api.POST("/console/session/steps/{step}", { params: { path: { step } }, body }));
  if (step === "passkey") return sendProvenPasskey(send);
  return step === "passkey-enrolment" ? sendMadePasskey(send) : send();
}

/** Has the browser prove a passkey for the sign-in under way. */
export async function provenStep(trusts: boolean): Promise<ConsoleStep> {
  const { public_key: options } = await answerOf(api.POST("/console/session/passkey-options"));
  return { credential: await provePasskey(options), ...(trusts && { trust_device: true }) };
}

/** Has the browser make a passkey, at a sign-in that asks for a second factor. */
export async function madeStep(trusts: boolean): Promise<ConsoleStep> {
  const { public_key: options } = await answerOf(api.POST("/console/session/passkey-enrolment-options"));
  return { credential: await makePasskey(options), ...(trusts && { trust_device: true }) };
}

/** Signs in with a passkey alone: it says whose it is. */
export async function signInWithPasskey(): Promise<Entry | undefined> {
  await answerOf(api.POST("/console/session/passkey"));
  return takeStep({ step: "passkey", given: () => provenStep(false) });
}

/** Begins to prove once more who one is. */
export const beginStepUp = () => answerOf(api.POST("/console/session/step-up"));

/** Where a window goes, to prove at a provider who one is. */
export const visitProvider = (body: ConsoleProviderVisit) =>
  answerOf(api.POST("/console/session/provider-visit", { body }));

/** The key for an authenticator app, at a sign-in that asks for one. */
export const enrolApp = () => answerOf(api.POST("/console/session/totp-enrolment"));

/** Has the session act as another user. */
export const beginActing = (user_id: string, reason: string) =>
  answerOf(api.POST("/console/session/acting", { body: { user_id, reason } }));

/** Has the session be its owner's alone again. */
export const stopActing = () => answerOf(api.DELETE("/console/session/acting"));

/** Has the session act for an organisation, or for none. */
export const actForOrganisation = (organisation_id: string | null) =>
  answerOf(api.PUT("/console/session/organisation", { body: { organisation_id } }));

export const signOut = () => api.DELETE("/console/session");

/** Puts a new session in place and forgets everything that another account may have loaded. */
export function adoptSession(queryClient: QueryClient, session: ConsoleSession): void {
  queryClient.clear();
  callAs(session);
  queryClient.setQueryData(sessionQuery.queryKey, session);
}

export interface SessionEnd {
  /** In this computer's clock (ms since 1970). */
  at: number;
  /** Whether it comes in any case; otherwise using the session moves it. */
  isFinal: boolean;
  /** How long the session may be without use (ms). */
  idleTime: number;
}

/**
 * When the session ends.
 *
 * Every answered call moves the idle end, which the session as loaded does not know; so the idle time is taken from the
 * session, counted from the last answered call. It never outlives the absolute end.
 *
 * @param loadedAt when the session was loaded, in this computer's clock
 */
export function sessionEnd(
  session: ConsoleSession,
  loadedAt: number,
  { answeredAt, clockOffset } = activity,
): SessionEnd {
  const idleEnd = Date.parse(session.idle_expires_at) - clockOffset;
  const idleTime = idleEnd - loadedAt;
  const unused = Math.max(idleEnd, answeredAt + idleTime);
  const absoluteEnd = Date.parse(session.expires_at) - clockOffset;
  return { at: Math.min(unused, absoluteEnd), isFinal: absoluteEnd <= unused, idleTime };
}
