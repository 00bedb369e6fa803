//! Verifies access tokens (RFC 9068): ES256 only, known keys only, and nothing that a token says about its own keys.

use super::Keys;
use http::HeaderValue;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use orion_contracts::claims::ACCESS_TOKEN_TYPE;
use orion_contracts::{SessionId, TokenId, UserId};
use serde::Deserialize;

/// Longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// Which tokens are taken.
#[derive(Debug, Clone)]
pub struct TokenPolicy {
    /// The issuer that they must name.
    pub issuer: String,
    /// The audience that they must name.
    pub audience: String,
    /// Seconds by which clocks may differ.
    pub leeway: i64,
}

/// The claims that the gateway needs.
#[derive(Deserialize)]
struct Claims {
    sub: UserId,
    sid: SessionId,
    jti: TokenId,
    iat: i64,
    exp: i64,
    nbf: Option<i64>,
    #[serde(default)]
    roles: Vec<String>,
}

/// A verified caller.
#[derive(Debug)]
pub struct Identity {
    /// The user.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// The token.
    pub token: TokenId,
    /// When the token was issued, seconds since 1970.
    pub issued_at: i64,
    /// When it ends, seconds since 1970, leeway included.
    pub expires_at: i64,
    /// The user's id as a header.
    pub user_header: HeaderValue,
    /// The session's id as a header.
    pub session_header: HeaderValue,
    /// The role names as a header.
    pub roles_header: HeaderValue,
}

/// Verifies a token at a time (seconds since 1970). `None` for anything that is not exactly right: callers are not told what.
pub(super) fn verify(token: &[u8], keys: &Keys, policy: &TokenPolicy, now: i64) -> Option<Identity> {
    if token.len() > MAX_TOKEN {
        return None;
    }
    let header = decode_header(token).ok()?;
    let media_type = header.typ.as_deref()?;
    let media_type = media_type.strip_prefix("application/").unwrap_or(media_type);
    let points_at_keys = header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some();
    let plain = header.crit.is_none() && header.enc.is_none() && header.zip.is_none();
    if header.alg != Algorithm::ES256 || !media_type.eq_ignore_ascii_case(ACCESS_TOKEN_TYPE) || points_at_keys || !plain
    {
        return None;
    }
    let key = keys.get(header.kid.as_deref()?)?;
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_issuer(&[&policy.issuer]);
    validation.set_audience(&[&policy.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Times are checked below, by the injected clock.
    validation.validate_exp = false;
    let claims = decode::<Claims>(token, key, &validation).ok()?.claims;
    let expires_at = claims.exp.saturating_add(policy.leeway);
    let not_before = claims.nbf.unwrap_or(i64::MIN).saturating_sub(policy.leeway);
    if expires_at <= now || not_before > now {
        return None;
    }
    Some(Identity {
        user: claims.sub,
        session: claims.sid,
        token: claims.jti,
        issued_at: claims.iat,
        expires_at,
        user_header: HeaderValue::from_str(&claims.sub.to_string()).ok()?,
        session_header: HeaderValue::from_str(&claims.sid.to_string()).ok()?,
        roles_header: HeaderValue::from_str(&claims.roles.join(",")).ok()?,
    })
}
