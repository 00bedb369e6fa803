import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";

/**
 * What the settings are called, and what they are about. Written by `npm run words` from `docs/configuration.schema.json`;
 * the catalogues have it in each language.
 */
export const SETTING_WORDS: Record<string, { name: MessageDescriptor; about: MessageDescriptor }> = {
  "admin.session_absolute_hours": {
    name: msg({ comment: "admin.session_absolute_hours", message: "Session absolute" }),
    about: msg({ comment: "admin.session_absolute_hours", message: "When a console session that begins ends in any case, in hours." }),
  },
  "admin.session_idle_minutes": {
    name: msg({ comment: "admin.session_idle_minutes", message: "Session idle" }),
    about: msg({ comment: "admin.session_idle_minutes", message: "When a console session ends without use, in minutes. Made shorter, it counts for sessions that have begun too; made longer, from their next use." }),
  },
  "auth.access_token_seconds": {
    name: msg({ comment: "auth.access_token_seconds", message: "Access token" }),
    about: msg({ comment: "auth.access_token_seconds", message: "How long an access token lives, in seconds." }),
  },
  "auth.email_change_url": {
    name: msg({ comment: "auth.email_change_url", message: "Email change URL" }),
    about: msg({ comment: "auth.email_change_url", message: "The page that a link to confirm another e-mail address leads to; `?token=…` is added. Empty: ORION's own." }),
  },
  "auth.key_rotation_days": {
    name: msg({ comment: "auth.key_rotation_days", message: "Key rotation" }),
    about: msg({ comment: "auth.key_rotation_days", message: "How long a signing key signs before the next one takes over, in days." }),
  },
  "auth.login_attempts_per_address_per_minute": {
    name: msg({ comment: "auth.login_attempts_per_address_per_minute", message: "Login attempts per address per minute" }),
    about: msg({ comment: "auth.login_attempts_per_address_per_minute", message: "How many sign-ins one client address may try in a minute; 0 for any number." }),
  },
  "auth.login_failures_before_delay": {
    name: msg({ comment: "auth.login_failures_before_delay", message: "Login failures before delay" }),
    about: msg({ comment: "auth.login_failures_before_delay", message: "How many sign-ins in a row may fail, by device, place or network, before an account's next try from there has to wait, twice as long each time." }),
  },
  "auth.password_min_length": {
    name: msg({ comment: "auth.password_min_length", message: "Password min length" }),
    about: msg({ comment: "auth.password_min_length", message: "How many characters (Unicode scalar values) a password has at least that is the only factor. NIST SP 800-63B-4 asks for 15." }),
  },
  "auth.password_min_length_with_second_factor": {
    name: msg({ comment: "auth.password_min_length_with_second_factor", message: "Password min length with second factor" }),
    about: msg({ comment: "auth.password_min_length_with_second_factor", message: "How many characters a password has at least that is chosen for an account with a second factor; never more than one that is the only factor. NIST SP 800-63B-4 asks for 8. Without its second factor such an account chooses a longer one at its next sign-in." }),
  },
  "auth.password_reset_minutes": {
    name: msg({ comment: "auth.password_reset_minutes", message: "Password reset" }),
    about: msg({ comment: "auth.password_reset_minutes", message: "How long a link to choose a new password is good, in minutes." }),
  },
  "auth.password_reset_url": {
    name: msg({ comment: "auth.password_reset_url", message: "Password reset URL" }),
    about: msg({ comment: "auth.password_reset_url", message: "The page that a link to choose a new password leads to; `?token=…` is added. Empty: ORION's own." }),
  },
  "auth.refresh_grace_seconds": {
    name: msg({ comment: "auth.refresh_grace_seconds", message: "Refresh grace" }),
    about: msg({ comment: "auth.refresh_grace_seconds", message: "For how long a refresh token that was just used gives the session's newest one, in seconds, whatever came between: several tabs of one browser may refresh at once. Later it gives its successor, until that is used." }),
  },
  "auth.refresh_token_days": {
    name: msg({ comment: "auth.refresh_token_days", message: "Refresh token" }),
    about: msg({ comment: "auth.refresh_token_days", message: "How long a refresh token lives when it is not used, in days; each refresh starts it anew. A change counts for those given from then on." }),
  },
  "auth.registrations_per_address_per_minute": {
    name: msg({ comment: "auth.registrations_per_address_per_minute", message: "Registrations per address per minute" }),
    about: msg({ comment: "auth.registrations_per_address_per_minute", message: "How many registrations one client address may try in a minute; 0 for any number. From one network one e-mail address is registered ten times an hour at most." }),
  },
  "auth.return_urls": {
    name: msg({ comment: "auth.return_urls", message: "Return urls" }),
    about: msg({ comment: "auth.return_urls", message: "Where people may be sent back to, with a code, after they have signed in on ORION's own pages: URLs with spaces between. `return_to` must be one of them, letter by letter." }),
  },
  "auth.second_factor_roles": {
    name: msg({ comment: "auth.second_factor_roles", message: "Second factor roles" }),
    about: msg({ comment: "auth.second_factor_roles", message: "Roles that may not be used with one factor alone: whoever has one of them and no second factor sets one up at their next sign-in. Sessions that began with one factor end when they are refreshed next, also that of whoever sets this. Names with commas between, such as `admin, super_admin`." }),
  },
  "auth.session_absolute_days": {
    name: msg({ comment: "auth.session_absolute_days", message: "Session absolute" }),
    about: msg({ comment: "auth.session_absolute_days", message: "How long a session that begins lasts at most, however often it is refreshed, in days." }),
  },
  "auth.sign_in_url": {
    name: msg({ comment: "auth.sign_in_url", message: "Sign in URL" }),
    about: msg({ comment: "auth.sign_in_url", message: "Where people sign in to the product; ORION's own pages link to it. Empty: they do not." }),
  },
  "auth.trusted_device_days": {
    name: msg({ comment: "auth.trusted_device_days", message: "Trusted device" }),
    about: msg({ comment: "auth.trusted_device_days", message: "For how many days a device that somebody has trusted is asked for the password alone, and not for the second factor; 0 for none, also those that were trusted before." }),
  },
  "auth.verification_url": {
    name: msg({ comment: "auth.verification_url", message: "Verification URL" }),
    about: msg({ comment: "auth.verification_url", message: "The page that a verification link leads to; `?token=…` is added. Empty: ORION's own." }),
  },
  "gateway.max_body_bytes": {
    name: msg({ comment: "gateway.max_body_bytes", message: "Max body" }),
    about: msg({ comment: "gateway.max_body_bytes", message: "The largest request body, in bytes. A client must send 512 bytes of it a second, and all of it within an hour." }),
  },
  "gateway.rate_limit_requests": {
    name: msg({ comment: "gateway.rate_limit_requests", message: "Rate limit requests" }),
    about: msg({ comment: "gateway.rate_limit_requests", message: "So many requests of one caller in `rate_limit_seconds`; 0 for no limit. A route may set its own." }),
  },
  "gateway.rate_limit_seconds": {
    name: msg({ comment: "gateway.rate_limit_seconds", message: "Rate limit" }),
    about: msg({ comment: "gateway.rate_limit_seconds", message: "The time in which a caller may send `rate_limit_requests`, in seconds." }),
  },
  "gateway.request_timeout_ms": {
    name: msg({ comment: "gateway.request_timeout_ms", message: "Request timeout" }),
    about: msg({ comment: "gateway.request_timeout_ms", message: "How long an upstream may take to begin its answer, in milliseconds." }),
  },
  "gateway.silence_timeout_ms": {
    name: msg({ comment: "gateway.silence_timeout_ms", message: "Silence timeout" }),
    about: msg({ comment: "gateway.silence_timeout_ms", message: "How long an upstream may be silent in the middle of its answer, in milliseconds: longer than the pauses between the events of a stream." }),
  },
  "log.filter": {
    name: msg({ comment: "log.filter", message: "Filter" }),
    about: msg({ comment: "log.filter", message: "A tracing directive, such as \"info,orion_auth=debug\"; where no level stands alone, other modules stay at info." }),
  },
  "notifications.delivery_attempts": {
    name: msg({ comment: "notifications.delivery_attempts", message: "Delivery attempts" }),
    about: msg({ comment: "notifications.delivery_attempts", message: "How often a delivery is tried: 60 attempts last for 27 to 53 hours, with pauses that grow to an hour. One whose outcome nobody knows, for the server had it whole and did not answer, is tried three times at most." }),
  },
  "users.avatar_max_kib": {
    name: msg({ comment: "users.avatar_max_kib", message: "Avatar max" }),
    about: msg({ comment: "users.avatar_max_kib", message: "How large a picture may be that somebody sends, in KiB." }),
  },
  "users.email_change_hours": {
    name: msg({ comment: "users.email_change_hours", message: "Email change" }),
    about: msg({ comment: "users.email_change_hours", message: "How long a change of an e-mail address can be confirmed, in hours." }),
  },
  "users.erase_deleted_days": {
    name: msg({ comment: "users.erase_deleted_days", message: "Erase deleted" }),
    about: msg({ comment: "users.erase_deleted_days", message: "How long users who were deleted can be restored, in days; then they are erased, and the address is free again." }),
  },
  "users.invitation_days": {
    name: msg({ comment: "users.invitation_days", message: "Invitation" }),
    about: msg({ comment: "users.invitation_days", message: "How long the link of an invitation works, in days." }),
  },
  "users.unverified_days": {
    name: msg({ comment: "users.unverified_days", message: "Unverified" }),
    about: msg({ comment: "users.unverified_days", message: "How long users who have not verified their address are kept, in days; then they are removed, and the address is free again." }),
  },
  "users.verification_hours": {
    name: msg({ comment: "users.verification_hours", message: "Verification" }),
    about: msg({ comment: "users.verification_hours", message: "How long the link that verifies an e-mail address works, in hours." }),
  },
};
