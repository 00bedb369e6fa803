import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";

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
const POLICIES: Readonly<Record<string, MessageDescriptor>> = {
  login: msg`Sign-in with a password`,
  code: msg`Second factor at a sign-in`,
  passkey: msg`Passkey at a sign-in`,
  flow_password: msg`Password, once more`,
  provider: msg`Linked account, once more`,
  password_change: msg`Change of a password`,
};

/** A method such as `password+totp` in words; what is not known here stays as it is. */
export const methodWords = (method: string, t: (word: MessageDescriptor) => string): string =>
  method
    .split("+")
    .map((part) => (METHODS[part] ? t(METHODS[part]) : part))
    .join(" + ");

export const policyWords = (policy: string, t: (word: MessageDescriptor) => string): string =>
  POLICIES[policy] ? t(POLICIES[policy]) : policy;

/** Why a sign-in failed, by the server's text for it; they have no other name. */
const REASONS: Readonly<Record<string, MessageDescriptor>> = {
  "wrong credentials, or an account or a device that may not sign in": msg`wrong credentials, or an account or a device that may not sign in`,
  "an account or a device that may not sign in": msg`an account or a device that may not sign in`,
  "a wrong or used code, password or passkey, in a sign-in under way": msg`a wrong or used code, password or passkey, in a sign-in under way`,
  "an identity at a provider that is not linked to the account, at a step-up": msg`an identity at a provider that is not linked to the account, at a step-up`,
  "too many failures before; nobody looked at it": msg`too many failures before; nobody looked at it`,
};

/** Why a sign-in failed, in words; what is not known here stays as it is. */
export const reasonWords = (reason: string, t: (word: MessageDescriptor) => string): string =>
  REASONS[reason] ? t(REASONS[reason]) : reason;
