import type { I18n, MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { asApiError } from "@/api/problem";

interface Words {
  title: MessageDescriptor;
  /** Where it is always the same. Otherwise the server's own is shown, which tells what was wrong this time, in English. */
  detail?: MessageDescriptor;
}

/** What the types of problems are called: the server's, by their stable names, and those that the page itself finds. */
export const PROBLEM_WORDS: Record<string, Words> = {
  "acts-as-another": {
    title: msg`The console acts as somebody else by now`,
    detail: msg`Acting as another user has begun in another tab, or is over. Nothing was done.`,
  },
  "acts-for-another": {
    title: msg`The console acts for another organisation by now`,
    detail: msg`Another organisation was chosen in another tab, or you have left the one of before. Nothing was done.`,
  },
  "api-key-expired": { title: msg`The API key has expired` },
  "api-key-revoked": { title: msg`The API key was revoked` },
  "api-key-suspended": { title: msg`The API key's owner is not active` },
  "bad-gateway": { title: msg`The service behind gave no valid answer` },
  "bad-request": { title: msg`The request cannot be read` },
  conflict: { title: msg`The current state does not allow this` },
  "console-forbidden": {
    title: msg`This account may not use the console`,
    detail: msg`The console is for those who run ORION. An administrator can give you a role that opens it, such as moderator.`,
  },
  csrf: { title: msg`The request did not come from the console` },
  "flow-over": {
    title: msg`This sign-in is over`,
    detail: msg`It took too long, was tried too often, or is done. Begin again.`,
  },
  "gateway-timeout": { title: msg`The service behind did not answer in time` },
  "headers-too-large": { title: msg`The header section is too large` },
  "idempotency-key-reused": { title: msg`The idempotency key belongs to another request` },
  "insufficient-user-authentication": {
    title: msg`Prove once more who you are`,
    detail: msg`This needs a sign-in of the last five minutes.`,
  },
  internal: { title: msg`Something went wrong on our side` },
  "invalid-api-key": { title: msg`The API key is not valid` },
  "invalid-client": { title: msg`The service is not known` },
  "invalid-credentials": { title: msg`E-mail or password is wrong` },
  "invalid-cursor": { title: msg`The cursor is not valid` },
  "invalid-refresh-token": { title: msg`The refresh token is not valid` },
  "invalid-token": { title: msg`The access token is not valid` },
  "link-in-use": {
    title: msg`Somebody is using this link right now`,
    detail: msg`Try again in a moment, unless the link has been used by then.`,
  },
  "loop-detected": { title: msg`The request came back to where it had been` },
  "malformed-json": { title: msg`The body is not valid JSON of the expected shape` },
  "method-not-allowed": { title: msg`Method not allowed` },
  "missing-part": {
    title: msg`This part of the console could not be loaded`,
    detail: msg`The server does not answer, or ORION was updated since this page was opened.`,
  },
  "no-console-session": {
    title: msg`Sign in to the console`,
    detail: msg`There is no session of the console, or it has ended.`,
  },
  "not-found": { title: msg`Not found` },
  "page-fault": { title: msg`Something in the page went wrong` },
  "passkey-exists": {
    title: msg`This device has a passkey of yours already`,
    detail: msg`Use that one, or set one up with another device.`,
  },
  "passkey-failed": { title: msg`The browser could not use a passkey here` },
  "passkey-not-set-up": {
    title: msg`This passkey could not be set up`,
    detail: msg`The answer came too late, or this account has it already. Try again.`,
  },
  "passkey-refused": {
    title: msg`The browser gave no passkey`,
    detail: msg`It was cancelled, took too long, or there is none of yours here. Try again, or another way.`,
  },
  "passkey-wrong": {
    title: msg`This passkey does not open this account`,
    detail: msg`It is not known here any more, or the answer came too late. Try again, or another way.`,
  },
  "payload-too-large": { title: msg`The body is too large` },
  "peer-refused": { title: msg`This endpoint is for ORION's own services` },
  "permission-denied": { title: msg`You may not do this` },
  "precondition-failed": { title: msg`It was changed in the meantime` },
  "rate-limited": { title: msg`Too many requests` },
  "request-timeout": { title: msg`The request did not arrive in time` },
  "reset-link-invalid": {
    title: msg`The link is not valid`,
    detail: msg`It was used, is too old, or a newer one was made. Make another: stop ORION, then orion admin reset EMAIL`,
  },
  "setup-begun": {
    title: msg`This set-up was begun with another address`,
    detail: msg`An earlier try broke off when the account was made already. Enter that address to finish; name and password may be other ones.`,
  },
  "setup-link-invalid": {
    title: msg`The one-time link is not valid`,
    detail: msg`It was used, is older than a day, or a newer one was printed since. Start ORION again (orion up) and open the link that it prints then; when it prints none, there is an administrator: sign in.`,
  },
  unauthenticated: { title: msg`Sign in first` },
  unavailable: { title: msg`A part that this needs is not available` },
  unreachable: {
    title: msg`The console's server does not answer`,
    detail: msg`Check that the admin service runs and that this computer can reach it.`,
  },
  "unreadable-answer": { title: msg`The server gave an answer that cannot be read` },
  "unsupported-media-type": { title: msg`The content type is not supported` },
  "uri-too-long": { title: msg`The request target is too long` },
  validation: { title: msg`Some fields are not valid` },
};

interface Told {
  title: string;
  detail: string | undefined;
}

/** What went wrong, in the language of the page; the server's own words where there are no others. */
export function tellProblem(i18n: I18n, error: unknown): Told {
  const { kind, problem } = asApiError(error);
  const words = PROBLEM_WORDS[kind];
  return {
    title: words ? i18n._(words.title) : problem.title,
    detail: words?.detail ? i18n._(words.detail) : (problem.detail ?? undefined),
  };
}

/** Tells problems in the language of the page. */
export function useProblemWords(): (error: unknown) => Told {
  const { i18n } = useLingui();
  return (error) => tellProblem(i18n, error);
}
