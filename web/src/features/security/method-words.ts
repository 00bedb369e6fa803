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
