import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { PermissionInfo } from "@/api/schema";

/** What the permissions of ORION allow, by their names; nobody can give them other words. */
export const PERMISSION_WORDS: Record<string, MessageDescriptor> = {
  "profile.read": msg({ context: "permission", message: "Read one's own profile" }),
  "profile.write": msg({ context: "permission", message: "Change one's own profile" }),
  "inbox.read": msg({ context: "permission", message: "Read one's own notifications" }),
  "users.read": msg({ context: "permission", message: "Find and read users" }),
  "users.write": msg({ context: "permission", message: "Create and change users" }),
  "users.impersonate": msg({ context: "permission", message: "Act as another user" }),
  "roles.read": msg({ context: "permission", message: "Read roles and permissions" }),
  "roles.write": msg({ context: "permission", message: "Create and change roles" }),
  "roles.assign": msg({ context: "permission", message: "Give roles to users and take them away" }),
  "sessions.read": msg({ context: "permission", message: "See sessions of others" }),
  "sessions.revoke": msg({ context: "permission", message: "End sessions of others" }),
  "security.read": msg({ context: "permission", message: "See security events, sign-in attempts and throttles" }),
  "security.write": msg({ context: "permission", message: "Lift throttles" }),
  "keys.read": msg({ context: "permission", message: "See the signing keys" }),
  "keys.rotate": msg({ context: "permission", message: "Rotate the signing keys" }),
  "notifications.read": msg({ context: "permission", message: "Read notifications and deliveries of others" }),
  "notifications.send": msg({ context: "permission", message: "Send notifications" }),
  "captured-mail.read": msg({ context: "permission", message: "Read captured mails" }),
  "templates.read": msg({ context: "permission", message: "Read templates" }),
  "templates.write": msg({ context: "permission", message: "Change and publish templates" }),
  "api-keys.read": msg({ context: "permission", message: "See API keys of others" }),
  "api-keys.write": msg({ context: "permission", message: "Make API keys of one's own" }),
  "api-keys.revoke": msg({ context: "permission", message: "Revoke API keys of others" }),
  "service-accounts.read": msg({ context: "permission", message: "See service accounts" }),
  "service-accounts.write": msg({
    context: "permission",
    message: "Make and change service accounts, and keys of theirs",
  }),
  "organisations.create": msg({ context: "permission", message: "Make organisations" }),
  "organisations.read": msg({ context: "permission", message: "See organisations and their members" }),
  "organisations.write": msg({ context: "permission", message: "Change organisations" }),
  "organisations.delete": msg({ context: "permission", message: "Hand organisations over and delete them" }),
  "members.write": msg({
    context: "permission",
    message: "Invite members of organisations, give them roles inside, and remove them",
  }),
  "teams.write": msg({ context: "permission", message: "Make and change teams of organisations" }),
  "audit.read": msg({ context: "permission", message: "Read the audit log" }),
  "audit.redact": msg({ context: "permission", message: "Take personal values out of audit entries" }),
  "gateway.read": msg({ context: "permission", message: "Read routes, limits and upstreams" }),
  "gateway.write": msg({ context: "permission", message: "Change routes, limits and upstreams" }),
  "console.use": msg({ context: "permission", message: "Sign in to the console" }),
  "health.read": msg({ context: "permission", message: "See the health of services" }),
  "events.read": msg({ context: "permission", message: "See the live event stream" }),
  "jobs.read": msg({ context: "permission", message: "See background jobs" }),
  "jobs.write": msg({ context: "permission", message: "Cancel and repeat background jobs" }),
  "settings.read": msg({ context: "permission", message: "Read settings" }),
  "settings.write": msg({ context: "permission", message: "Change settings" }),
};

/** What a permission allows, in the reader's language; as the server says it where that is newer than this page. */
export function usePermissionWords(): (permission: Pick<PermissionInfo, "name" | "display_name">) => string {
  const { t } = useLingui();
  return ({ name, display_name }) => {
    const words = Object.hasOwn(PERMISSION_WORDS, name) ? PERMISSION_WORDS[name] : undefined;
    return words ? t(words) : display_name;
  };
}
