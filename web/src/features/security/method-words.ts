import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { LoginAttempt, LoginFailure, ThrottlePolicy } from "@/api/schema";

/** What is proven at a sign-in, by the server's word for it. */
const METHODS: Readonly<Record<string, MessageDescriptor>> = {
  password: msg`password`,
  totp: msg`authenticator app`,
  backup_code: msg`backup code`,
  passkey: msg`passkey`,
  provider: msg`linked account`,
  code: msg`code`,
};

/** What a throttle delays, by the server's word for it. */
const POLICIES: Readonly<Record<ThrottlePolicy, MessageDescriptor>> = {
  login: msg`Sign-in with a password`,
  code: msg`Second factor at a sign-in`,
  flow_password: msg`Password at a later step of a sign-in`,
  passkey: msg`Passkey at a sign-in`,
  provider: msg`Linked account, once more`,
  password_change: msg`Change of a password`,
  registration_address: msg`Registrations of one address`,
  registration_mailbox: msg`Registrations of one mailbox, by tagged addresses`,
  registration_place: msg`Registrations from one place`,
  reset_address: msg`Links for a new password of one address`,
  reset_place: msg`Links for a new password, asked for from one place`,
};

/** Those that count how often something is done, whether or not it fails. */
const LIMITS: readonly string[] = [
  "registration_address",
  "registration_mailbox",
  "registration_place",
  "reset_address",
  "reset_place",
] satisfies ThrottlePolicy[];

/** A method such as `password+totp` in words; what is not known here stays as it is. */
export const methodWords = (method: string, t: (word: MessageDescriptor) => string): string =>
  method
    .split("+")
    .map((part) => (METHODS[part] ? t(METHODS[part]) : part))
    .join(" + ");

export function policyWords(policy: string, t: (word: MessageDescriptor) => string): string {
  const known: MessageDescriptor | undefined = POLICIES[policy as ThrottlePolicy];
  return known ? t(known) : policy;
}

/** Whether a throttle counts how often something is done, and not failures. */
export const isLimit = (policy: string): boolean => LIMITS.includes(policy);

/** Why a sign-in failed, by the server's word for it. */
export const FAILURES: Readonly<Record<LoginFailure, MessageDescriptor>> = {
  wrong_credentials: msg`wrong credentials, or an account or a device that may not sign in`,
  may_not_sign_in: msg`an account or a device that may not sign in`,
  wrong_step: msg`a wrong or used code, password or passkey, in a sign-in under way`,
  too_many_failures: msg`too many failures before; nobody looked at it`,
  other_identity: msg`an identity at a provider that is not linked to the account, at a step-up`,
};

/** Why a sign-in failed, in words; what is not known here is as the server says it. */
export const reasonWords = (
  { failure, reason }: Pick<LoginAttempt, "failure" | "reason">,
  t: (word: MessageDescriptor) => string,
): string | null => (failure && FAILURES[failure] ? t(FAILURES[failure]) : reason);

/** The methods by which sign-ins are tried, as the server puts them together. */
export const WHOLE_METHODS: readonly string[] = [
  "password",
  "password+totp",
  "password+passkey",
  "password+backup_code",
  "passkey",
  "provider",
  "provider+totp",
  "provider+passkey",
  "provider+backup_code",
  "totp",
  "backup_code",
  "code",
];
