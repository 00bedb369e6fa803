import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { PermissionInfo } from "@/api/schema";

/** What the permissions of ORION allow, by their names; nobody can give them other words. */
export const PERMISSION_WORDS: Record<string, MessageDescriptor> = {
  "profile.read": msg`Read one's own profile`,
  "profile.write": msg`Change one's own profile`,
  "inbox.read": msg`Read one's own notifications`,
  "users.read": msg`Find and read users`,
  "users.write": msg`Create and change users`,
  "users.impersonate": msg`Act as another user`,
  "roles.read": msg`Read roles and permissions`,
  "roles.write": msg`Create and change roles`,
  "roles.assign": msg`Give roles to users and take them away`,
  "sessions.read": msg`See sessions of others`,
  "sessions.revoke": msg`End sessions of others`,
  "security.read": msg`See security events, sign-in attempts and throttles`,
  "security.write": msg`Lift throttles`,
  "keys.read": msg`See the signing keys`,
  "keys.rotate": msg`Rotate the signing keys`,
  "notifications.read": msg`Read notifications and deliveries of others`,
  "notifications.send": msg`Send notifications`,
  "captured-mail.read": msg`Read captured mails`,
  "templates.read": msg`Read templates`,
  "templates.write": msg`Change and publish templates`,
  "api-keys.read": msg`See API keys of others`,
  "api-keys.write": msg`Make API keys of one's own`,
  "api-keys.revoke": msg`Revoke API keys of others`,
  "service-accounts.read": msg`See service accounts`,
  "service-accounts.write": msg`Make and change service accounts, and keys of theirs`,
  "organisations.create": msg`Make organisations`,
  "organisations.read": msg`See organisations and their members`,
  "organisations.write": msg`Change organisations`,
  "organisations.delete": msg`Hand organisations over and delete them`,
  "members.write": msg`Invite members of organisations, give them roles inside, and remove them`,
  "teams.write": msg`Make and change teams of organisations`,
  "audit.read": msg`Read the audit log`,
  "audit.redact": msg`Take personal values out of audit entries`,
  "gateway.read": msg`Read routes, limits and upstreams`,
  "gateway.write": msg`Change routes, limits and upstreams`,
  "console.use": msg`Sign in to the console`,
  "health.read": msg`See the health of services`,
  "events.read": msg`See the live event stream`,
  "jobs.read": msg`See background jobs`,
  "jobs.write": msg`Cancel and repeat background jobs`,
  "settings.read": msg`Read settings`,
  "settings.write": msg`Change settings`,
};

/** What a permission allows, in the reader's language; as the server says it where that is newer than this page. */
export function usePermissionWords(): (permission: Pick<PermissionInfo, "name" | "display_name">) => string {
  const { t } = useLingui();
  return ({ name, display_name }) => {
    const words = Object.hasOwn(PERMISSION_WORDS, name) ? PERMISSION_WORDS[name] : undefined;
    return words ? t(words) : display_name;
  };
}
