//! Checks an access token (RFC 9068): signature by a key of ORION's, type, issuer, audience, times, and if wanted whether it
//! was revoked.

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Client;
use serde::Deserialize;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long keys are kept: one that ORION has withdrawn is believed for that long at most.
const KEPT: Duration = Duration::from_secs(300);
/// After keys were fetched, an unknown key has them fetched again no sooner than this: anybody can name keys that do not exist.
/// ORION publishes a key minutes before it signs with it.
const COOLDOWN: Duration = Duration::from_secs(5);
/// How long ORION may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a token must say.
pub(crate) struct Expected {
    pub(crate) issuer: String,
    pub(crate) audience: String,
    /// How far clocks may be apart, in seconds.
    pub(crate) leeway: u64,
}

/// This service as ORION knows it: a section `[auth.services.NAME]` of its configuration.
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) secret: String,
}

/// What is used of a good token.
#[derive(Deserialize)]
pub(crate) struct Claims {
    /// Never missing: the validation demands it.
    #[serde(default)]
    pub(crate) sub: String,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
}

pub(crate) enum Refusal {
    /// The token is not good, and why: words that whoever brings it may read (`error_description` of RFC 6750).
    Invalid(&'static str),
    /// ORION cannot be asked now: nobody is let in unchecked.
    Unavailable(reqwest::Error),
}

const UNFIT: Refusal = Refusal::Invalid("the token cannot be read, or is no access token");
const UNKNOWN_KEY: Refusal = Refusal::Invalid("the token is signed by a key that the issuer does not publish");
const REVOKED: Refusal = Refusal::Invalid("the token was revoked");

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Invalid(match error.kind() {
            ErrorKind::ExpiredSignature => "the token has expired",
            ErrorKind::ImmatureSignature => "the token is not good yet",
            ErrorKind::InvalidIssuer => "the token is of another issuer",
            ErrorKind::InvalidAudience => "the token is for another audience",
            ErrorKind::InvalidSignature => "the signature of the token is wrong",
            ErrorKind::MissingRequiredClaim(_) => "the token lacks a claim",
            _ => return UNFIT,
        })
    }
}

pub(crate) struct Tokens {
    issuer: String,
    validation: Validation,
    service: Option<Service>,
    client: Client,
    /// With the moment when they were fetched.
    keys: RwLock<Option<(JwkSet, Instant)>>,
    /// Held by the one who fetches; the others wait for what that brings.
    fetching: Mutex<()>,
}

impl Tokens {
    pub(crate) fn new(expected: Expected, service: Option<Service>) -> reqwest::Result<Self> {
        // The algorithm is ours to say, never the token's.
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[&expected.issuer]);
        validation.set_audience(&[expected.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = expected.leeway;
        let client = Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build()?;
        let (keys, fetching) = Default::default();
        Ok(Self { issuer: expected.issuer, validation, service, client, keys, fetching })
    }

    /// What a good token says.
    pub(crate) async fn check(&self, token: &str) -> Result<Claims, Refusal> {
        let header = decode_header(token)?;
        let is_access = header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case("at+jwt"));
        let (Some(kid), true) = (header.kid, is_access) else { return Err(UNFIT) };
        let key = self.key(&kid).await?.ok_or(UNKNOWN_KEY)?;
        let claims = decode::<Claims>(token, &key, &self.validation)?.claims;
        match &self.service {
            Some(service) if !self.is_active(service, token).await? => Err(REVOKED),
            _ => Ok(claims),
        }
    }

    /// The key of this name; fetches what ORION has when it is not known here, or was fetched too long ago.
    async fn key(&self, kid: &str) -> Result<Option<DecodingKey>, Refusal> {
        if let (Some(key), _) = self.known(kid) {
            return Ok(Some(key));
        }
        let _turn = self.fetching.lock().await;
        // Another one may have fetched them meanwhile.
        if let (key, Some(fetched)) = self.known(kid)
            && (key.is_some() || fetched.elapsed() < COOLDOWN)
        {
            return Ok(key);
        }
        let answer = self.client.get(format!("{}/.well-known/jwks.json", self.issuer)).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status).map_err(Refusal::Unavailable)?;
        let set = answer.json().await.map_err(Refusal::Unavailable)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some((set, Instant::now()));
        Ok(self.known(kid).0)
    }

    /// The key of this name among those that are kept, and when they were fetched.
    fn known(&self, kid: &str) -> (Option<DecodingKey>, Option<Instant>) {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let Some((set, fetched)) = keys.as_ref().filter(|(_, fetched)| fetched.elapsed() < KEPT) else {
            return (None, None);
        };
        (set.find(kid).and_then(|key| DecodingKey::from_jwk(key).ok()), Some(*fetched))
    }

    /// Whether ORION still lets it in (RFC 7662): asked each time, so that a session that ended is refused at once.
    async fn is_active(&self, service: &Service, token: &str) -> Result<bool, Refusal> {
        #[derive(Deserialize)]
        struct Introspection {
            active: bool,
        }
        let request = self.client.post(format!("{}/oauth/introspect", self.issuer));
        let request = request.basic_auth(&service.name, Some(&service.secret));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        // Its signature was right, so it has no character that a form would write otherwise.
        let answer = request.body(format!("token={token}")).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status).map_err(Refusal::Unavailable)?;
        Ok(answer.json::<Introspection>().await.map_err(Refusal::Unavailable)?.active)
    }
}
