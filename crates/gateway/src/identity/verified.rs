//! A verified caller, with what is told to upstreams already written.

use super::{Keys, Rejected};
use chrono::DateTime;
use http::HeaderValue;
use orion_contracts::AccessClaims;
use orion_http::identity::{KnownKey, LEEWAY, Verification};

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
    /// The role names as a header. None stand there for an API key: it is limited to less than they give.
    pub roles_header: HeaderValue,
    /// What an API key is limited to, as a header.
    pub scopes_header: Option<HeaderValue>,
    /// The id of whoever acts as the user, as a header. Nobody does with an API key.
    pub actor_header: Option<HeaderValue>,
    /// The id of the organisation for which the user or the key acts, as a header.
    pub organisation_header: Option<HeaderValue>,
    /// How many requests a minute an API key may make by itself.
    pub rate_limit: Option<u32>,
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
        scopes_header: None,
        actor_header: claims.act.as_ref().map(|actor| header(&actor.sub.to_string())).transpose()?,
        organisation_header: claims.org.map(|organisation| header(&organisation.to_string())).transpose()?,
        rate_limit: None,
        claims,
    })
}

impl Verified {
    /// Whoever calls with an API key. Its id stands where a token has its own.
    pub(crate) fn with_key(key: &KnownKey) -> Self {
        // Ids and names of permissions are letters, digits, dots and hyphens.
        let header = |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
        Self {
            claims: AccessClaims::clone(&key.claims),
            expires_at: key.claims.exp,
            user_header: header(&key.facts.user_id.to_string()),
            session_header: None,
            roles_header: HeaderValue::from_static(""),
            scopes_header: Some(header(&key.facts.scopes.join(","))),
            actor_header: None,
            organisation_header: key.claims.org.map(|organisation| header(&organisation.to_string())),
            rate_limit: key.facts.rate_limit,
        }
    }
}
