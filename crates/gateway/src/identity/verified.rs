//! A verified caller, with what is told to upstreams already written.

use super::Keys;
use chrono::DateTime;
use http::HeaderValue;
use orion_contracts::AccessClaims;
use orion_http::identity::{LEEWAY, Verification};

/// Which tokens are taken.
#[derive(Debug, Clone)]
pub struct TokenPolicy {
    /// The issuer that they must name.
    pub issuer: String,
    /// The audience that they must name.
    pub audience: String,
}

/// A caller whose token is genuine.
#[derive(Debug)]
pub struct Verified {
    /// What the token says.
    pub claims: AccessClaims,
    /// When it ends, seconds since 1970, leeway included.
    pub expires_at: i64,
    /// The user's id as a header.
    pub user_header: HeaderValue,
    /// The session's id as a header, when there is one.
    pub session_header: Option<HeaderValue>,
    /// The role names as a header.
    pub roles_header: HeaderValue,
}

/// Verifies a token at a time (seconds since 1970). `None` for anything that is not exactly right: callers are not told
/// what.
pub(super) fn verify(token: &[u8], keys: &Keys, policy: &TokenPolicy, now: i64) -> Option<Verified> {
    let expected =
        Verification { issuer: &policy.issuer, audience: &policy.audience, now: DateTime::from_timestamp(now, 0)? };
    let claims = keys.verify(std::str::from_utf8(token).ok()?, &expected).ok()?;
    Some(Verified {
        expires_at: claims.exp.saturating_add(LEEWAY),
        user_header: HeaderValue::from_str(&claims.sub.to_string()).ok()?,
        session_header: claims.sid.map(|sid| HeaderValue::from_str(&sid.to_string())).transpose().ok()?,
        roles_header: HeaderValue::from_str(&claims.roles.join(",")).ok()?,
        claims,
    })
}
