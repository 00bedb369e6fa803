//! Providers: signing in at Google, GitHub, Microsoft, Apple, or any other that speaks OpenID Connect or OAuth 2.
//!
//! Who somebody is there is issuer and subject, never an address: addresses change hands. Without OpenID Connect nobody vouches for an
//! issuer, so each section of the configuration is one. A new identity whose address the provider
//! has verified makes an account, unless the address has one already: then its owner signs in as ever, and links the identity. A
//! sign-in at a provider is the first factor of the one flow; a second one is asked for as after a password.

mod arrive;
mod discovery;
mod exchange;
mod id_token;
mod keys;
mod manage;
mod profile;
mod register;
mod step_up;
mod visit;

pub(crate) use arrive::{Arrival, Brought};
use discovery::Discovered;
pub(super) use discovery::Discoveries;
pub(crate) use visit::Going;

use super::Auth;
use crate::error::AuthError;
use crate::provider_config::ProviderConfig;
use orion_contracts::Email;
use orion_contracts::auth::{Provider, ProviderList};
use orion_infra::egress::EgressError;
use std::sync::Arc;
use url::Url;

/// How many identities a person has at most.
const MAX_IDENTITIES: u64 = 20;

/// A provider as it is configured.
pub(super) struct Configured {
    pub(super) name: String,
    pub(super) config: ProviderConfig,
}

/// Who somebody is at a provider, as it has told.
#[derive(Debug)]
struct Person {
    /// Without a slash at its end; with the section's name where it does not speak OpenID Connect.
    issuer: String,
    subject: String,
    email: Option<Email>,
    /// Whether the provider says that the address is theirs, where it says anything of that.
    is_verified: Option<bool>,
    name: Option<String>,
    /// When they have signed in there, in seconds since 1970, where the provider tells.
    auth_time: Option<i64>,
    /// What the provider gave, as JSON.
    tokens: String,
}

impl Auth {
    /// All providers, by name.
    pub(crate) fn providers(&self) -> ProviderList {
        let config = self.config.get();
        let items = config.providers.iter();
        let items = items.map(|(name, provider)| Provider { name: name.clone(), label: provider.label(name) });
        ProviderList { items: items.collect() }
    }

    /// The provider with this name.
    pub(super) fn provider(&self, name: &str) -> Result<Arc<Configured>, AuthError> {
        let config = self.config.get();
        let found = config.providers.get(name).ok_or(AuthError::ProviderNotFound)?;
        Ok(Arc::new(Configured { name: name.to_owned(), config: found.clone() }))
    }

    /// The page of a provider that is opened with a ticket.
    fn provider_page(&self, name: &str, page: &str, ticket: &str) -> Result<String, AuthError> {
        let page = format!("{}/auth/providers/{name}/{page}", self.issuer().trim_end_matches('/'));
        let mut url = Url::parse(&page).map_err(|error| AuthError::Defect(format!("{page} is no URL: {error}")))?;
        url.query_pairs_mut().append_pair("ticket", ticket);
        Ok(url.into())
    }

    /// Where a provider leads back to.
    fn callback(&self, name: &str) -> String {
        format!("{}/auth/providers/{name}/callback", self.issuer().trim_end_matches('/'))
    }
}

/// What has gone wrong at a provider, as a person may be told; the log says more.
fn away(provider: &str, error: &EgressError) -> AuthError {
    tracing::warn!(provider, %error, "a provider of sign-ins cannot be asked");
    AuthError::ProviderAway
}

/// The same, for an answer that is not what was agreed on.
fn broken(provider: &str, reason: &str) -> AuthError {
    tracing::warn!(provider, reason, "a provider of sign-ins gave an answer that is not taken");
    AuthError::ProviderRefused
}
