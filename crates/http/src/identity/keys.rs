//! The signing keys, and the verification of access tokens (RFC 9068, RFC 8725).

use chrono::{DateTime, Utc};
use jsonwebtoken::dangerous::insecure_decode;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, TokenData, Validation};
use orion_contracts::AccessClaims;
use orion_contracts::claims::ACCESS_TOKEN_TYPE;
use serde::Deserialize;
use std::collections::HashMap;

/// The longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 8192;
/// How far clocks may differ, in seconds: so long after `exp` and before `nbf` a token is still taken. `iat` is not
/// checked against the clock.
pub const LEEWAY: i64 = 60;

/// Signing keys by `kid`.
#[derive(Default)]
pub struct Keys {
    by_id: HashMap<String, (Jwk, DecodingKey)>,
}

/// A token that says that it is ORION's, is not over, and names a known key. Nothing of it is proved yet.
pub struct Candidate<'a> {
    token: &'a str,
    key: &'a DecodingKey,
}

/// What a token says of itself, before anything is proved.
#[derive(Deserialize)]
struct Unproved {
    iss: Option<String>,
    exp: Option<i64>,
}

/// What a token must say.
pub struct Verification<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `aud`.
    pub audience: &'a str,
    /// The moment at which it must be valid.
    pub now: DateTime<Utc>,
}

/// Why a token is refused. Callers are told no more than that it is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// It is not a JWT of the kind that ORION issues.
    #[error("the token is malformed")]
    Malformed,
    /// It is of another kind, or another issuer's: not ORION's, and not meant to be.
    #[error("the token is not one of ORION's")]
    Foreign,
    /// No signing keys are known yet, so nothing can be said of it. Whoever sent it should try again.
    #[error("no signing keys are known yet")]
    NoKeys,
    /// Its signing key is not known (yet).
    #[error("the token's key is unknown")]
    UnknownKey,
    /// Its signature or audience is wrong, or something that a token must say is missing.
    #[error("the token is not genuine")]
    NotGenuine,
    /// Its time has passed, or has not come.
    #[error("the token is expired")]
    Expired,
    /// It, its session or its subject was revoked.
    #[error("the token is revoked")]
    Revoked,
}

impl Keys {
    /// From auth's key set; keys that are not ES256 are left out.
    pub fn from_set(set: &JwkSet) -> Self {
        let usable = |key: &Jwk| {
            let curve = match &key.algorithm {
                AlgorithmParameters::EllipticCurve(parameters) => &parameters.curve,
                _ => return None,
            };
            let common = &key.common;
            let es256 = matches!(common.key_algorithm, None | Some(KeyAlgorithm::ES256));
            let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
            let usable = *curve == EllipticCurve::P256 && es256 && signs;
            let id = common.key_id.clone()?;
            DecodingKey::from_jwk(key).ok().filter(|_| usable).map(|decoding| (id, (key.clone(), decoding)))
        };
        Self { by_id: set.keys.iter().filter_map(usable).collect() }
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Whether they are these very keys.
    pub fn are(&self, other: &Self) -> bool {
        let same = |(id, (key, _)): (&String, &(Jwk, _))| other.by_id.get(id).is_some_and(|(other, _)| key == other);
        self.by_id.len() == other.by_id.len() && self.by_id.iter().all(same)
    }

    /// The claims of a genuine, current token. Only ES256 counts; `none`, HMAC and keys named by the token itself
    /// (`jwk`, `jku`, `x5u`) are refused before any key is looked at.
    pub fn verify(&self, token: &str, expected: &Verification<'_>) -> Result<AccessClaims, InvalidToken> {
        self.candidate(token, expected)?.verify(expected)
    }

    /// The claims of a token that is genuine, whether or not its time has come or passed: enough to end what it belongs
    /// to, and for nothing else.
    pub fn recognise(&self, token: &str, expected: &Verification<'_>) -> Result<AccessClaims, InvalidToken> {
        self.named(token, expected)?.0.prove(expected)
    }

    /// What can be said of a token without looking at its signature, which costs far more than all the rest.
    pub fn candidate<'a>(&'a self, token: &'a str, expected: &Verification<'_>) -> Result<Candidate<'a>, InvalidToken> {
        let (candidate, said) = self.named(token, expected)?;
        // One that is over by its own word needs no proof of it.
        if said.exp.is_some_and(|exp| is_over(exp, expected)) { Err(InvalidToken::Expired) } else { Ok(candidate) }
    }

    /// The token with the key that it names, and what it says of itself.
    fn named<'a>(
        &'a self,
        token: &'a str,
        expected: &Verification<'_>,
    ) -> Result<(Candidate<'a>, Unproved), InvalidToken> {
        if token.len() > MAX_TOKEN {
            return Err(InvalidToken::Malformed);
        }
        let TokenData { header, claims: said } =
            insecure_decode::<Unproved>(token).map_err(|_| InvalidToken::Malformed)?;
        check_header(&header)?;
        if said.iss.as_deref() != Some(expected.issuer) {
            return Err(InvalidToken::Foreign);
        }
        if self.is_empty() {
            return Err(InvalidToken::NoKeys);
        }
        let (_, key) = header.kid.as_deref().and_then(|id| self.by_id.get(id)).ok_or(InvalidToken::UnknownKey)?;
        Ok((Candidate { token, key }, said))
    }
}

impl Candidate<'_> {
    /// Its claims, when it is genuine and current.
    pub fn verify(&self, expected: &Verification<'_>) -> Result<AccessClaims, InvalidToken> {
        let claims = self.prove(expected)?;
        // Time is checked here, by the injected clock. Only `exp` and `nbf` say when a token is valid (RFC 7519); `iat`
        // says how old it is, and refusing one from the future would refuse every fresh token of a clock that is ahead.
        let now = expected.now.timestamp();
        let too_early = claims.nbf.is_some_and(|nbf| nbf.saturating_sub(LEEWAY) > now);
        if is_over(claims.exp, expected) || too_early { Err(InvalidToken::Expired) } else { Ok(claims) }
    }

    /// Its claims, when it is genuine.
    fn prove(&self, expected: &Verification<'_>) -> Result<AccessClaims, InvalidToken> {
        jsonwebtoken::decode::<AccessClaims>(self.token, self.key, &validation(expected))
            .map(|token| token.claims)
            .map_err(|_| InvalidToken::NotGenuine)
    }
}

/// Whether a token that ends at `exp` has ended.
fn is_over(exp: i64, expected: &Verification<'_>) -> bool {
    exp.saturating_add(LEEWAY) <= expected.now.timestamp()
}

fn check_header(header: &Header) -> Result<(), InvalidToken> {
    let own_key = header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some();
    let plain = header.crit.is_none() && header.enc.is_none() && header.zip.is_none();
    let kind = header.typ.as_deref().map(|kind| kind.strip_prefix("application/").unwrap_or(kind));
    let kind = kind.is_some_and(|kind| kind.eq_ignore_ascii_case(ACCESS_TOKEN_TYPE));
    if header.alg != Algorithm::ES256 || own_key || !plain || !kind { Err(InvalidToken::Foreign) } else { Ok(()) }
}

fn validation(expected: &Verification<'_>) -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.audience]);
    validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    validation.validate_exp = false;
    validation
}
