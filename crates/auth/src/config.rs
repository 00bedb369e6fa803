//! What an operator can set.

use crate::provider_config::ProviderConfig;
use orion_contracts::{FieldCode, Secret};
use orion_infra::config::{ConfigFault, MAX_DAYS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::collections::BTreeMap;

/// The longest that an access token may be configured to live, in seconds. What was revoked is remembered, and a signing key
/// published, for that long whatever is configured now: tokens of before a change of the configuration are about.
pub(crate) const MAX_ACCESS_TOKEN_SECONDS: u32 = 3600;

/// Signing in: tokens, sessions, passwords, and how often it may be tried.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct AuthConfig {
    /// How long an access token lives, in seconds.
    #[schemars(range(min = 1, max = MAX_ACCESS_TOKEN_SECONDS), extend("x-dynamic" = true))]
    #[default = 300]
    pub access_token_seconds: u32,
    /// How long a refresh token lives when it is not used, in days; each refresh starts it anew. A change counts for those given
    /// from then on.
    #[schemars(range(min = 1, max = MAX_DAYS), extend("x-dynamic" = true))]
    #[default = 30]
    pub refresh_token_days: u32,
    /// How long a session that begins lasts at most, however often it is refreshed, in days.
    #[schemars(range(min = 1, max = MAX_DAYS), extend("x-dynamic" = true))]
    #[default = 90]
    pub session_absolute_days: u32,
    /// How long somebody acts as another user at most, in minutes. What ends before, as their own session does, ends it.
    #[schemars(range(min = 1, max = 60))]
    #[default = 30]
    pub impersonation_minutes: u32,
    /// For how long a refresh token that was just used gives the session's newest one, in seconds, whatever came between:
    /// several tabs of one browser may refresh at once. Later it gives its successor, until that is used.
    #[schemars(range(max = 3600), extend("x-dynamic" = true))]
    #[default = 10]
    pub refresh_grace_seconds: u32,
    /// How many characters (Unicode scalar values) a password has at least that is the only factor. NIST SP 800-63B-4 asks for 15.
    #[schemars(range(min = 8, max = 64), extend("x-dynamic" = true))]
    #[default = 15]
    pub password_min_length: u32,
    /// How many characters a password has at least that is chosen for an account with a second factor; never more than one that
    /// is the only factor. NIST SP 800-63B-4 asks for 8. Without its second factor such an account chooses a longer one at its next
    /// sign-in.
    #[schemars(range(min = 8, max = 64), extend("x-dynamic" = true))]
    #[default = 8]
    pub password_min_length_with_second_factor: u32,
    /// A service that knows passwords from leaks, asked before one is taken, such as `https://api.pwnedpasswords.com`. It is
    /// asked `GET /range/` with the first five digits of a SHA-1, so it learns no password. One that does not answer within a
    /// second stops nobody. Empty: none is asked.
    #[schemars(length(max = 2000))]
    pub breach_check_url: String,
    /// Memory of one Argon2id hash, in KiB.
    #[schemars(range(min = 8, max = 262_144))]
    #[default = 19456]
    pub argon2_memory_kib: u32,
    /// Passes of one Argon2id hash.
    #[schemars(range(min = 1, max = 16))]
    #[default = 2]
    pub argon2_iterations: u32,
    /// Lanes of one Argon2id hash.
    #[schemars(range(min = 1, max = 8))]
    #[default = 1]
    pub argon2_parallelism: u32,
    /// How many passwords are hashed at once; 0 for as many as there are cores.
    #[schemars(range(max = 1024))]
    #[default = 0]
    pub hash_concurrency: u32,
    /// How many hashes may wait for their turn; further ones are answered 429 at once. Registrations wait in a line of their
    /// own, as long as this one.
    #[schemars(range(max = 100_000))]
    #[default = 64]
    pub hash_queue: u32,
    /// How long a signing key signs before the next one takes over, in days.
    #[schemars(range(min = 1, max = MAX_DAYS), extend("x-dynamic" = true))]
    #[default = 30]
    pub key_rotation_days: u32,
    /// How many sign-ins in a row may fail, by device, place or network, before an account's next try from there has to wait,
    /// twice as long each time.
    #[schemars(range(min = 1, max = 1000), extend("x-dynamic" = true))]
    #[default = 5]
    pub login_failures_before_delay: u32,
    /// How many sign-ins one client address may try in a minute; 0 for any number.
    #[schemars(range(max = 1_000_000), extend("x-dynamic" = true))]
    #[default = 60]
    pub login_attempts_per_address_per_minute: u32,
    /// How many registrations one client address may try in a minute; 0 for any number. From one
    /// network one e-mail address is registered ten times an hour at most.
    #[schemars(range(max = 1_000_000), extend("x-dynamic" = true))]
    #[default = 30]
    pub registrations_per_address_per_minute: u32,
    /// For how many days a device that somebody has trusted is asked for the password alone, and not for the second factor; 0
    /// for none, also those that were trusted before.
    #[schemars(range(max = MAX_DAYS), extend("x-dynamic" = true))]
    #[default = 30]
    pub trusted_device_days: u32,
    /// Roles that may not be used with one factor alone: whoever has one of them and no second factor sets one up at their next
    /// sign-in. Sessions that began with one factor end when they are refreshed next, also that of whoever sets this. Names with
    /// commas between, such as `admin, super_admin`.
    #[schemars(length(max = 1000), extend("x-dynamic" = true))]
    pub second_factor_roles: String,
    /// The domain that passkeys are bound to, such as `example.com`; with another one all passkeys are void. Empty: the host of
    /// `public_url`, which must be this domain or below it.
    #[schemars(length(max = 253))]
    pub passkey_domain: String,
    /// Origins whose pages may use passkeys besides that of `public_url`, with commas between, such as `https://console.example.com`.
    /// They must be of the domain or below it. On `localhost` every port may.
    #[schemars(length(max = 2000))]
    pub passkey_origins: String,
    /// The page that a verification link leads to; `?token=…` is added. Empty: ORION's own.
    #[schemars(length(max = 2000), extend("x-dynamic" = true))]
    pub verification_url: String,
    /// How long a link to choose a new password is good, in minutes.
    #[schemars(range(min = 5, max = 1440), extend("x-dynamic" = true))]
    #[default = 30]
    pub password_reset_minutes: u32,
    /// The page that a link to choose a new password leads to; `?token=…` is added. Empty: ORION's own.
    #[schemars(length(max = 2000), extend("x-dynamic" = true))]
    pub password_reset_url: String,
    /// The page that a link to confirm another e-mail address leads to; `?token=…` is added. Empty: ORION's own.
    #[schemars(length(max = 2000), extend("x-dynamic" = true))]
    pub email_change_url: String,
    /// Where people sign in to the product; ORION's own pages link to it. Empty: they do not.
    #[schemars(length(max = 2000), extend("x-dynamic" = true))]
    pub sign_in_url: String,
    /// The product's logo on ORION's own pages: a file with an SVG, PNG, JPEG or WebP image of 256 KiB at most, read at the
    /// start. Empty: its name alone.
    #[schemars(length(max = 4096))]
    pub logo_path: String,
    /// Where people may be sent back to, with a code, after they have signed in on ORION's own pages: URLs with spaces between.
    /// `return_to` must be one of them, letter by letter.
    #[schemars(length(max = 10_000), extend("x-dynamic" = true))]
    pub return_urls: String,
    /// Where else people may sign in, each by a name of its own.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// Services of the product that may ask about tokens, each by a name of its own.
    pub services: BTreeMap<String, ServiceConfig>,
}

impl AuthConfig {
    /// The origins of [`Self::passkey_origins`], one by one.
    pub fn passkey_origins(&self) -> impl Iterator<Item = &str> {
        self.passkey_origins.split(',').map(str::trim).filter(|origin| !origin.is_empty())
    }

    /// The roles of [`Self::second_factor_roles`], one by one.
    pub fn second_factor_roles(&self) -> impl Iterator<Item = &str> {
        self.second_factor_roles
            .split(|between: char| between == ',' || between.is_whitespace())
            .filter(|role| !role.is_empty())
    }

    /// The URLs of [`Self::return_urls`], one by one.
    pub(crate) fn return_urls(&self) -> impl Iterator<Item = &str> {
        self.return_urls.split_whitespace()
    }
}

/// How long a service's secret is at least, in characters.
const SHORTEST_SECRET: usize = 32;
/// How long it is at most.
const LONGEST_SECRET: usize = 512;

/// A service that may ask whether a token is good (`/oauth/introspect`) and revoke one (`/oauth/revoke`), by HTTP Basic: the
/// section's name and this secret.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceConfig {
    /// What proves the service: 32 to 512 characters, such as `openssl rand -hex 32` gives.
    pub secret: Secret,
}

impl ServiceConfig {
    /// What is wrong with it, under its key.
    pub(crate) fn fault(&self, name: &str) -> Option<ConfigFault> {
        let length = self.secret.expose().chars().count();
        let is_fit = (SHORTEST_SECRET..=LONGEST_SECRET).contains(&length);
        let code = if length > LONGEST_SECRET { FieldCode::TooLong } else { FieldCode::TooShort };
        let message = format!("must have {SHORTEST_SECRET} to {LONGEST_SECRET} characters");
        (!is_fit).then(|| ConfigFault::new(format!("auth.services.{name}.secret"), code, message))
    }
}
