//! ID tokens (OpenID Connect Core 1.0, section 3.1.3.7): whose they are, for whom, and in answer to what.

use super::keys::verified;
use super::{Configured, Discovered, Person, broken};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::provider_config::ProviderKind;
use jsonwebtoken::Algorithm;
use orion_contracts::{Email, Secret};
use orion_infra::secrets::same;
use serde::Deserialize;
use serde_json::{Number, Value};
use std::sync::Arc;

/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 60;
/// The longest subject that is kept, in bytes.
const LONGEST_SUBJECT: usize = 255;
/// By what an ID token may be signed: with a key of the provider's, never with a secret that both know.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    azp: Option<String>,
    exp: NumericDate,
    iat: Option<NumericDate>,
    nonce: Option<String>,
    /// A text or worse must not cost anybody a sign-in that does not ask for it.
    auth_time: Option<Value>,
    #[serde(flatten)]
    about: About,
}

/// A time, in whole seconds since 1970. It may be told with a fraction (RFC 7519, section 2), which is left out.
#[derive(Clone, Copy, Deserialize)]
#[serde(from = "Number")]
struct NumericDate(i64);

impl From<Number> for NumericDate {
    fn from(told: Number) -> Self {
        // One that is out of all bounds becomes the outermost.
        Self(told.as_i64().or_else(|| told.as_f64().map(|at| at.floor() as i64)).unwrap_or_default())
    }
}

/// What is told of a person, in an ID token or by the userinfo endpoint. What is of another type than it should be counts as not told.
#[derive(Deserialize)]
pub(super) struct About {
    email: Option<Value>,
    email_verified: Option<Value>,
    name: Option<Value>,
    given_name: Option<Value>,
    family_name: Option<Value>,
    /// Microsoft's: whether the owner of the address's domain is the organisation whose account it is.
    xms_edov: Option<Value>,
    /// Microsoft's: the organisation.
    tid: Option<Value>,
}

/// The organisation that all personal accounts of Microsoft belong to: their addresses are verified.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

impl About {
    /// The address, and whether the provider has verified it, where it says anything of that: `true` alone says that it has, and
    /// by Apple the text "true" as well; whatever else is there says that it has not. Microsoft says it in words of its own.
    pub(super) fn address(&self, kind: ProviderKind) -> (Option<Email>, Option<bool>) {
        let email: Option<Email> = text(self.email.as_ref()).and_then(|email| email.parse().ok());
        let is_said = match &self.email_verified {
            Some(Value::Bool(is_verified)) => Some(*is_verified),
            Some(Value::String(text)) => Some(kind == ProviderKind::Apple && text == "true"),
            Some(_) => Some(false),
            None if kind == ProviderKind::Microsoft && self.tid() == Some(PERSONAL) => Some(true),
            None if kind == ProviderKind::Microsoft => self
                .xms_edov
                .as_ref()
                .map(|said| *said == Value::Bool(true) || *said == 1 || *said == "1" || *said == "true"),
            None => None,
        };
        (email.clone(), is_said.filter(|_| email.is_some()))
    }

    /// The name; where there is none, the given one and the family's.
    pub(super) fn name(&self) -> Option<String> {
        let told = |name: &Option<Value>| text(name.as_ref()).map(str::trim).unwrap_or_default().to_owned();
        let both = || format!("{} {}", told(&self.given_name), told(&self.family_name)).trim().to_owned();
        [told(&self.name), both()].into_iter().find(|name| !name.is_empty())
    }

    fn tid(&self) -> Option<&str> {
        text(self.tid.as_ref())
    }
}

fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str)
}

fn date(value: &Value) -> Option<NumericDate> {
    value.as_number().cloned().map(NumericDate::from)
}

/// Whether a subject can be kept: PostgreSQL takes no NUL, and a person can tell no two apart by other control characters.
pub(super) fn is_subject(subject: &str) -> bool {
    (1..=LONGEST_SUBJECT).contains(&subject.len()) && !subject.contains(char::is_control)
}

impl Auth {
    /// Who somebody is, by a token that holds.
    pub(super) async fn read_id_token(
        &self,
        provider: &Configured,
        discovered: &Arc<Discovered>,
        token: &Secret,
        nonce: &str,
    ) -> Result<Person, AuthError> {
        let refused = |reason: &str| broken(&provider.name, reason);
        let header = jsonwebtoken::decode_header(token.expose()).map_err(|_| refused("its ID token is no JWT"))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(refused("its ID token is signed by an algorithm that is not taken"));
        }
        let claims: Claims = match verified(discovered, &header, token) {
            Ok(claims) => claims,
            // Its keys may have changed since it told them, also one that goes by the id of another, or by none.
            Err(reason) => {
                let again = self.discover_in_turn(provider, Some(discovered)).await?;
                let claims =
                    if Arc::ptr_eq(&again, discovered) { Err(reason) } else { verified(&again, &header, token) };
                claims.map_err(refused)?
            }
        };
        self.check(provider, discovered, &claims, nonce).map_err(refused)?;
        let (email, is_verified) = claims.about.address(provider.config.kind);
        Ok(Person {
            issuer: claims.iss.trim_end_matches('/').to_owned(),
            subject: claims.sub,
            email,
            is_verified,
            name: claims.about.name(),
            auth_time: claims.auth_time.as_ref().and_then(date).map(|at| at.0),
            tokens: String::new(),
        })
    }

    fn check(
        &self,
        provider: &Configured,
        discovered: &Discovered,
        claims: &Claims,
        nonce: &str,
    ) -> Result<(), &'static str> {
        let now = self.infra.clock.now().timestamp();
        let issuer = discovered.metadata.issuer.replace("{tenantid}", claims.about.tid().unwrap_or_default());
        if claims.iss.trim_end_matches('/') != issuer.trim_end_matches('/') {
            return Err("its ID token is another issuer's");
        }
        let client = provider.config.client_id.as_str();
        let (is_for_us, is_for_others) = match &claims.aud {
            Value::String(audience) => (audience == client, false),
            Value::Array(all) => (all.iter().any(|one| one == client), all.len() > 1),
            _ => (false, false),
        };
        let azp = claims.azp.as_deref();
        if !is_for_us || azp.is_some_and(|azp| azp != client) || (is_for_others && azp.is_none()) {
            return Err("its ID token is for somebody else");
        }
        if now >= claims.exp.0.saturating_add(LEEWAY) || claims.iat.is_some_and(|iat| iat.0 > now + LEEWAY) {
            return Err("its ID token is not of this time");
        }
        if !claims.nonce.as_deref().is_some_and(|given| same(given.as_bytes(), nonce.as_bytes())) {
            return Err("its ID token answers another visit");
        }
        match is_subject(&claims.sub) {
            true => Ok(()),
            false => Err("its ID token has no subject that can be kept"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_time_with_a_fraction_is_rounded_down() {
        for (told, seconds) in
            [(json!(7), 7), (json!(7.9), 7), (json!(-7.1), -8), (json!(1e300), i64::MAX), (json!(-1e300), i64::MIN)]
        {
            let date: NumericDate = serde_json::from_value(told.clone()).expect("a number");
            assert_eq!(date.0, seconds, "{told}");
        }
        assert!(serde_json::from_value::<NumericDate>(json!("7")).is_err(), "a text is none");
    }

    #[test]
    fn an_address_counts_as_verified_only_where_that_is_said() {
        let (yes, no) = (Some(true), Some(false));
        for (verified, others, apple) in [
            (json!(true), yes, yes),
            (json!(false), no, no),
            (json!("true"), no, yes),
            (json!("false"), no, no),
            (json!(1), no, no),
            (json!(null), None, None),
        ] {
            let about: About =
                serde_json::from_value(json!({ "email": "ada@example.com", "email_verified": verified }))
                    .expect("fits");
            assert_eq!(about.address(ProviderKind::Oidc).1, others, "{verified}");
            assert_eq!(about.address(ProviderKind::Apple).1, apple, "{verified}");
        }
        let microsoft = |more: Value| {
            let mut told = json!({ "email": "ada@example.com" });
            told.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            serde_json::from_value::<About>(told).expect("fits").address(ProviderKind::Microsoft).1
        };
        for (said, is_verified) in [
            (json!({ "xms_edov": true }), yes),
            (json!({ "xms_edov": "1" }), yes),
            (json!({ "tid": PERSONAL }), yes),
            (json!({ "xms_edov": false }), no),
            (json!({ "tid": "another" }), None),
        ] {
            assert_eq!(microsoft(said.clone()), is_verified, "{said}");
        }
        let none: About = serde_json::from_value(json!({ "email_verified": true })).expect("fits");
        assert_eq!(none.address(ProviderKind::Oidc), (None, None));
        let missing: About = serde_json::from_value(json!({ "email": "ada@example.com" })).expect("fits");
        assert_eq!(missing.address(ProviderKind::Oidc).1, None);
    }
}
