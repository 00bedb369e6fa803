//! What a provider says of the owner of a token, beside the ID token or in its place.

use super::id_token::{About, is_subject};
use super::{Configured, Discovered, Person, away, broken};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::provider_config::ProviderKind;
use orion_contracts::{Email, Secret};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// An address of somebody, as GitHub tells it.
#[derive(Deserialize)]
struct GithubEmail {
    email: String,
    primary: bool,
    verified: bool,
}

impl Auth {
    /// Somebody new of whose address the ID token tells too little, with what the userinfo endpoint says (OpenID Connect Core 1.0,
    /// section 5.3): some tell there alone that it is verified. An ID token that says no is not asked about. Who is linked already
    /// needs none of it.
    pub(super) async fn completed(
        &self,
        provider: &Configured,
        discovered: &Discovered,
        person: Person,
        token: &Secret,
    ) -> Result<Person, AuthError> {
        let is_open = person.email.is_none() || person.is_verified.is_none();
        let Some(url) = discovered.metadata.userinfo_endpoint.as_ref().filter(|_| is_open) else {
            return Ok(person);
        };
        if self.is_linked(&person).await? {
            return Ok(person);
        }
        // Silence and garbage tell nothing; the log has them.
        let Ok(about) = self.told_of(provider, url, token, &person.subject).await else { return Ok(person) };
        let name = person.name.or(about.name());
        Ok(match about.address(provider.config.kind) {
            (email, is_verified) if person.email.is_none() || person.email == email => {
                Person { email, is_verified, name, ..person }
            }
            _ => Person { name, ..person },
        })
    }

    /// What the userinfo endpoint tells of the person with this subject.
    async fn told_of(
        &self,
        provider: &Configured,
        url: &Url,
        token: &Secret,
        subject: &str,
    ) -> Result<About, AuthError> {
        let told = self.asked(provider, url, token).await?;
        if told["sub"] != subject {
            return Err(broken(&provider.name, "it tells of another person than its ID token"));
        }
        serde_json::from_value(told).map_err(|_| broken(&provider.name, "its words on a person"))
    }

    /// Who the owner of a token is, by a provider without ID tokens.
    pub(super) async fn profile(
        &self,
        provider: &Configured,
        discovered: &Discovered,
        token: &Secret,
    ) -> Result<Person, AuthError> {
        let url = discovered.metadata.userinfo_endpoint.as_ref();
        let url = url.ok_or_else(|| broken(&provider.name, "it says nowhere whose a token is"))?;
        let told = self.asked(provider, url, token).await?;
        let subject = match (&told["sub"], &told["id"]) {
            (Value::String(subject), _) | (Value::Null, Value::String(subject)) => subject.clone(),
            (Value::Null, Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        if !is_subject(&subject) {
            return Err(broken(&provider.name, "it does not say whose a token is"));
        }
        let about: About = serde_json::from_value(told).map_err(|_| broken(&provider.name, "its words on a person"))?;
        let (email, is_verified) = match provider.config.kind {
            ProviderKind::Github => self.github_address(provider, url, token).await?,
            kind => about.address(kind),
        };
        let issuer = provider.config.subjects_of(&provider.name);
        Ok(Person { issuer, subject, email, is_verified, name: about.name(), auth_time: None, tokens: String::new() })
    }

    /// GitHub tells apart elsewhere which address is verified.
    async fn github_address(
        &self,
        provider: &Configured,
        user: &Url,
        token: &Secret,
    ) -> Result<(Option<Email>, Option<bool>), AuthError> {
        let mut url = user.clone();
        url.set_path(&format!("{}/emails", user.path().trim_end_matches('/')));
        let told = self.asked(provider, &url, token).await?;
        let all: Vec<GithubEmail> =
            serde_json::from_value(told).map_err(|_| broken(&provider.name, "its words on addresses"))?;
        let first = all.into_iter().find(|address| address.primary);
        let is_verified = first.as_ref().map(|address| address.verified);
        let email: Option<Email> = first.and_then(|address| address.email.parse().ok());
        Ok((email.clone(), is_verified.filter(|_| email.is_some())))
    }

    async fn asked(&self, provider: &Configured, url: &Url, token: &Secret) -> Result<Value, AuthError> {
        let answer = self.infra.egress.get(url, Some(token)).await.map_err(|error| away(&provider.name, &error))?;
        if answer.status != 200 {
            return Err(broken(&provider.name, &format!("{} answers {}", url.path(), answer.status)));
        }
        serde_json::from_slice(&answer.body).map_err(|_| broken(&provider.name, "its words on a person are no JSON"))
    }
}
