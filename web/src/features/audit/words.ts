import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";

/** What was done, as the server has its words. One of a newer version has none here. */
export const ACTIONS: Readonly<Record<string, MessageDescriptor>> = {
  create: msg`created`,
  update: msg`changed`,
  delete: msg`removed`,
  login: msg`signed in`,
  logout: msg`signed out`,
  password_change: msg`password changed`,
  role_assign: msg`role given`,
  role_revoke: msg`role taken away`,
  permission_grant: msg`permission given`,
  permission_revoke: msg`permission taken away`,
  account_verify: msg`address verified`,
  account_suspend: msg`suspended`,
  account_reactivate: msg`brought back`,
  setting_change: msg`setting changed`,
  security_note: msg`security noted`,
  decide: msg`decided about a permission`,
  impersonation_begin: msg`began to act as somebody`,
  impersonation_end: msg`stopped acting as somebody`,
  redact: msg`entry redacted`,
  export: msg`log exported`,
};

type Translate = (word: MessageDescriptor) => string;

export const actionWords = (action: string, t: Translate): string => {
  const words = ACTIONS[action];
  return words ? t(words) : action;
};
