//! Configuration of the auth service.

use crate::domain::Parameters;
use orion_infra::config::{ConfigFault, MAX_DAYS, at_least_one, at_most};
use serde::{Deserialize, Serialize};

/// The longest that an access token may be configured to live, in seconds. What was revoked is remembered, and a signing key
/// published, for that long whatever is configured now: tokens of before a change of the configuration are about.
pub(crate) const MAX_ACCESS_TOKEN_SECONDS: u32 = 3600;

/// The section `[auth]`. Every key's default stands in `config/orion.default.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// How long an access token lives, in seconds; at most 3600. Default 300.
    pub access_token_seconds: u32,
    /// How long a refresh token lives when it is not used, in days; each refresh starts it anew. Default 30.
    pub refresh_token_days: u32,
    /// How long a session lasts at most, however often it is refreshed, in days. Default 90.
    pub session_absolute_days: u32,
    /// For how long a refresh token that was just used gives the session's newest one, in seconds, also when that is
    /// further on than its successor: several tabs of one browser may refresh at once. Later it gives its successor, until
    /// that is used. At most 3600. Default 10.
    pub refresh_grace_seconds: u32,
    /// How many characters (Unicode scalar values) a password has at least. Default 15.
    pub password_min_length: u32,
    /// Memory of one Argon2id hash, in KiB; at most 262144. Default 19456.
    pub argon2_memory_kib: u32,
    /// Passes of one Argon2id hash; at most 16. Default 2.
    pub argon2_iterations: u32,
    /// Lanes of one Argon2id hash; at most 8. Default 1.
    pub argon2_parallelism: u32,
    /// How many passwords are hashed at once; 0 means as many as there are cores. Default 0.
    pub hash_concurrency: u32,
    /// How many hashes may wait for their turn; further ones are answered 429 at once. Registrations wait in a line of
    /// their own, as long as this one. Default 64.
    pub hash_queue: u32,
    /// How long a signing key signs before the next one takes over, in days. Default 30.
    pub key_rotation_days: u32,
    /// How many sign-ins in a row may fail before each further one has to wait, twice as long each time. Default 5.
    pub login_failures_before_delay: u32,
    /// How many sign-ins one client address may try in a minute; 0 means any number. Default 60.
    pub login_attempts_per_address_per_minute: u32,
    /// How many registrations one client address may try in a minute; 0 means any number. Default 30.
    pub registrations_per_address_per_minute: u32,
    /// The page that a verification link leads to; `?token=…` is added. Empty for the hosted page at
    /// `{public_url}/api/v1/auth/verify-email`. Default empty.
    pub verification_url: String,
    /// Where people sign in to the product; the hosted pages link to it. Empty for no link. Default empty.
    pub sign_in_url: String,
}

/// What NIST SP 800-63B-4 asks for where a second factor stands beside the password, in characters.
const SHORTEST_PASSWORD: u32 = 8;
/// Longer than anybody's sentence, and shorter than the longest password that is hashed.
const LONGEST_PASSWORD: u32 = 64;

/// Says whether the configuration can be used.
pub fn check(config: &AuthConfig) -> Result<(), ConfigFault> {
    at_least_one(
        "auth",
        &[
            ("access_token_seconds", config.access_token_seconds.into()),
            ("refresh_token_days", config.refresh_token_days.into()),
            ("session_absolute_days", config.session_absolute_days.into()),
            ("key_rotation_days", config.key_rotation_days.into()),
            ("login_failures_before_delay", config.login_failures_before_delay.into()),
        ],
    )?;
    at_most(
        "auth",
        &[
            ("access_token_seconds", config.access_token_seconds.into(), MAX_ACCESS_TOKEN_SECONDS.into()),
            ("refresh_token_days", config.refresh_token_days.into(), MAX_DAYS),
            ("session_absolute_days", config.session_absolute_days.into(), MAX_DAYS),
            ("refresh_grace_seconds", config.refresh_grace_seconds.into(), 3600),
            ("key_rotation_days", config.key_rotation_days.into(), MAX_DAYS),
        ],
    )?;
    if !(SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&config.password_min_length) {
        let bounds = format!("must be {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}: the shortest password that is taken");
        return Err(ConfigFault::new("auth.password_min_length", bounds));
    }
    for (key, page) in [("auth.verification_url", &config.verification_url), ("auth.sign_in_url", &config.sign_in_url)]
    {
        if !page.is_empty() && !url::Url::parse(page).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            let message = format!("must be an http:// or https:// URL, or empty, but is {page}");
            return Err(ConfigFault::new(key, message));
        }
    }
    Parameters::new(config).map(drop)
}
