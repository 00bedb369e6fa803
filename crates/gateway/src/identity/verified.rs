//! A verified caller, with what is told to upstreams already written.

use super::{Keys, Rejected};
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

/// Verifies a token at a time (seconds since 1970). `may_verify` is asked before its signature is looked at.
pub(super) fn verify(
    token: &[u8],
    keys: &Keys,
    policy: &TokenPolicy,
    now: i64,
    may_verify: impl FnOnce() -> bool,
) -> Result<Verified, Rejected> {
    let now = DateTime::from_timestamp(now, 0).ok_or(Rejected::Ended)?;
    let expected = Verification { issuer: &policy.issuer, audience: &policy.audience, now };
    let token = std::str::from_utf8(token).map_err(|_| Rejected::Foreign)?;
    let candidate = keys.candidate(token, &expected)?;
    if !may_verify() {
        return Err(Rejected::TooMany);
    }
    let claims = candidate.verify(&expected)?;
    let header = |text: &str| HeaderValue::from_str(text).map_err(|_| Rejected::Unverified);
    Ok(Verified {
        expires_at: claims.exp.saturating_add(LEEWAY),
        user_header: header(&claims.sub.to_string())?,
        session_header: claims.sid.map(|sid| header(&sid.to_string())).transpose()?,
        roles_header: header(&claims.roles.join(","))?,
        claims,
    })
}
