import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { FlowMethod, LoginAttempt, LoginFailure, ThrottlePolicy, TwoFactorStatus } from "@/api/schema";

/** The steps of a sign-in that prove nothing: they are in no attempt. */
type Unproving = "totp_enrolment" | "passkey_enrolment" | "kept_backup_codes" | "new_password";
/** What an attempt to sign in is made by. Where a code is refused unseen, nobody knows of what it was one. */
type Method = Exclude<FlowMethod, Unproving> | "code";

/** What is proven at a sign-in, by the server's word for it; and whether a sign-in begins with it, or goes on with it. */
const METHODS: Readonly<Record<Method, { words: MessageDescriptor; begins: boolean; follows: boolean }>> = {
  password: { words: msg`password`, begins: true, follows: false },
  totp: { words: msg`authenticator app`, begins: false, follows: true },
  passkey: { words: msg`passkey`, begins: true, follows: true },
  provider: { words: msg`linked account`, begins: true, follows: false },
  backup_code: { words: msg`backup code`, begins: false, follows: true },
  code: { words: msg`code`, begins: false, follows: false },
};

/** What a throttle delays, by the server's word for it; and whether it counts how often that is done, whether or not it fails. */
const POLICIES: Readonly<Record<ThrottlePolicy, { words: MessageDescriptor; isLimit: boolean }>> = {
  login: { words: msg`Sign-in with a password`, isLimit: false },
  code: { words: msg`Second factor at a sign-in`, isLimit: false },
  flow_password: { words: msg`Password at a later step of a sign-in`, isLimit: false },
  passkey: { words: msg`Passkey at a sign-in`, isLimit: false },
  provider: { words: msg`Linked account, once more`, isLimit: false },
  password_change: { words: msg`Change of a password`, isLimit: false },
  registration_address: { words: msg`Registrations of one address`, isLimit: true },
  registration_mailbox: { words: msg`Registrations of one mailbox, by tagged addresses`, isLimit: true },
  registration_place: { words: msg`Registrations from one place`, isLimit: true },
  reset_address: { words: msg`Links for a new password of one address`, isLimit: true },
  reset_place: { words: msg`Links for a new password, asked for from one place`, isLimit: true },
};

const policyOf = (policy: string) =>
  POLICIES[policy as ThrottlePolicy] as (typeof POLICIES)[ThrottlePolicy] | undefined;

/** A method such as `password+totp` in words; what is not known here stays as it is. */
export const methodWords = (method: string, t: (word: MessageDescriptor) => string): string =>
  method
    .split("+")
    .map((part) => {
      const known = METHODS[part as Method] as (typeof METHODS)[Method] | undefined;
      return known ? t(known.words) : part;
    })
    .join(" + ");

/** When a second factor was used last, and which one that was. */
export const usedLast = (
  { last_used_at: at, last_used_by: by }: Pick<TwoFactorStatus, "last_used_at" | "last_used_by">,
  formatDateTime: (time: string) => string,
  t: (word: MessageDescriptor) => string,
): string | undefined => (at ? [formatDateTime(at), ...(by ? [methodWords(by, t)] : [])].join(" · ") : undefined);

export function policyWords(policy: string, t: (word: MessageDescriptor) => string): string {
  const known = policyOf(policy);
  return known ? t(known.words) : policy;
}

/** Whether a throttle counts how often something is done, and not failures. */
export const isLimit = (policy: string): boolean => policyOf(policy)?.isLimit ?? false;

/** Why a sign-in failed, by the server's word for it. */
export const FAILURES: Readonly<Record<LoginFailure, MessageDescriptor>> = {
  wrong_credentials: msg`wrong credentials`,
  may_not_sign_in: msg`the account or the device may not sign in`,
  wrong_step: msg`a wrong or used code, password or passkey, in a sign-in under way`,
  too_many_failures: msg`too many failures before; nobody looked at it`,
  other_identity: msg`an identity at a provider that is not linked to the account, at a step-up`,
};

/** Why a sign-in failed, in words; what is not known here is as the server says it. */
export const reasonWords = (
  { failure, reason }: Pick<LoginAttempt, "failure" | "reason">,
  t: (word: MessageDescriptor) => string,
): string | null => (failure && FAILURES[failure] ? t(FAILURES[failure]) : reason);

const NAMES = Object.keys(METHODS) as Method[];
const FOLLOWING = NAMES.filter((method) => METHODS[method].follows);

/** The methods by which sign-ins are tried, as the server puts them together. */
export const WHOLE_METHODS: readonly string[] = [
  ...NAMES.filter((method) => METHODS[method].begins).flatMap((first) => [
    first,
    // What goes on as well is both factors, and nothing follows it.
    ...(METHODS[first].follows ? [] : FOLLOWING.map((second) => `${first}+${second}`)),
  ]),
  // Steps that failed are told by themselves.
  ...NAMES.filter((method) => !METHODS[method].begins),
];
