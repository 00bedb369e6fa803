//! What a provider tells of itself (OpenID Connect Discovery 1.0), and its keys. Kept for an hour; whoever has told something once is
//! asked again at most once a minute, for a key that is not known as after an hour, also while they do not answer. Of many who would
//! ask at once one does; the others take what was told last, or wait for what it is told.

use super::{Configured, away, broken};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::provider_config::ProviderKind;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// How long what was told counts.
const KEPT: TimeDelta = TimeDelta::hours(1);
/// How soon they are asked again.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// Where a provider is asked what.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Option<Url>,
    pub(super) userinfo_endpoint: Option<Url>,
    /// Basic when it is not said (Discovery 1.0, section 3).
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Whether it says with each answer whose that is (RFC 9207).
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
    /// Whether it can be asked for single claims (OpenID Connect Core 1.0, section 5.5).
    #[serde(default)]
    pub(super) claims_parameter_supported: bool,
}

/// What a provider has told, and when.
#[derive(Clone)]
pub(super) struct Discovered {
    at: DateTime<Utc>,
    pub(super) metadata: Metadata,
    pub(super) keys: JwkSet,
}

/// Whether a moment is younger than that. One in the future was told by a clock that was ahead.
fn is_of_the_last(time: TimeDelta, at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at <= now && now < at + time
}

/// What all providers have told, by their names: two of one issuer may be configured otherwise.
#[derive(Default)]
pub(in crate::domain) struct Discoveries(Mutex<HashMap<String, Arc<Discovery>>>);

/// What one provider has told, and whose turn it is to ask.
#[derive(Default)]
struct Discovery {
    told: Mutex<Option<Arc<Discovered>>>,
    /// When it was asked last, with whatever outcome: that may be long after what it told last.
    asked_at: Mutex<Option<DateTime<Utc>>>,
    /// Held by who asks.
    turn: tokio::sync::Mutex<()>,
    /// How often it was asked, with whatever outcome.
    asked: AtomicU64,
}

impl Discoveries {
    fn of(&self, name: &str) -> Arc<Discovery> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(name.to_owned()).or_default().clone()
    }
}

impl Discovery {
    fn known(&self) -> Option<Arc<Discovered>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it has told since that.
    fn newer_than(&self, known: Option<&Arc<Discovered>>) -> Option<Arc<Discovered>> {
        self.known().filter(|told| known.is_none_or(|known| !Arc::ptr_eq(known, told)))
    }

    fn keep(&self, discovered: &Arc<Discovered>) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(discovered.clone());
    }

    /// Whether it was asked a moment ago.
    fn is_asked(&self, now: DateTime<Utc>) -> bool {
        let asked_at = *self.asked_at.lock().unwrap_or_else(PoisonError::into_inner);
        asked_at.is_some_and(|at| is_of_the_last(PAUSE, at, now))
    }
}

impl Auth {
    /// What a provider tells of itself; for one that tells nothing, what is configured.
    pub(super) async fn discovered(&self, provider: &Configured) -> Result<Arc<Discovered>, AuthError> {
        let (now, discovery) = (self.infra.clock.now(), self.discoveries.of(&provider.name));
        let Some(known) = discovery.known() else { return self.discover_in_turn(provider, None).await };
        if is_of_the_last(KEPT, known.at, now) || discovery.is_asked(now) {
            return Ok(known);
        }
        // Somebody else asks at this moment: what it told last is good until they are told.
        let Ok(_turn) = discovery.turn.try_lock() else { return Ok(known) };
        // They may be done by now, well or not.
        let last = discovery.newer_than(Some(&known));
        if last.is_some() || discovery.is_asked(self.infra.clock.now()) {
            return Ok(last.unwrap_or(known));
        }
        match self.discover(provider, &discovery).await {
            // What it told last is better than nothing. Garbage is no more than silence.
            Err(AuthError::ProviderAway | AuthError::ProviderRefused) => Ok(known),
            outcome => outcome,
        }
    }

    /// Asks, or takes what somebody was told who has asked in the meantime; what was known, where it was asked a moment ago: for a key
    /// that is not known, or not the one that it was. Nobody waits for more than one who asks, which the limits of calls to the
    /// outside bound.
    pub(super) async fn discover_in_turn(
        &self,
        provider: &Configured,
        known: Option<&Arc<Discovered>>,
    ) -> Result<Arc<Discovered>, AuthError> {
        let discovery = self.discoveries.of(&provider.name);
        let before = discovery.asked.load(Ordering::Acquire);
        let _turn = discovery.turn.lock().await;
        match discovery.newer_than(known) {
            Some(newer) => Ok(newer),
            None if discovery.asked.load(Ordering::Acquire) != before => Err(AuthError::ProviderAway),
            None => match known.filter(|_| discovery.is_asked(self.infra.clock.now())) {
                Some(known) => Ok(known.clone()),
                None => self.discover(provider, &discovery).await,
            },
        }
    }

    /// Asks; whose turn it is does so.
    async fn discover(&self, provider: &Configured, discovery: &Discovery) -> Result<Arc<Discovered>, AuthError> {
        // Before it answers: whoever goes away meanwhile has asked as well.
        *discovery.asked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.infra.clock.now());
        let outcome = self.ask(provider).await;
        discovery.asked.fetch_add(1, Ordering::AcqRel);
        if let Ok(discovered) = &outcome {
            discovery.keep(discovered);
        }
        outcome
    }

    async fn ask(&self, provider: &Configured) -> Result<Arc<Discovered>, AuthError> {
        let config = &provider.config;
        let metadata = match config.is_oidc() {
            true => self.metadata_of(provider).await?,
            false => configured(provider)?,
        };
        let keys = match metadata.jwks_uri.as_ref().filter(|_| config.is_oidc()) {
            Some(url) => self.fetched(provider, url).await?,
            None => JwkSet { keys: Vec::new() },
        };
        Ok(Arc::new(Discovered { at: self.infra.clock.now(), metadata, keys }))
    }

    async fn metadata_of(&self, provider: &Configured) -> Result<Metadata, AuthError> {
        let issuer = provider.config.issuer();
        let url = Url::parse(&format!("{issuer}/.well-known/openid-configuration"))
            .map_err(|_| broken(&provider.name, "its issuer is no URL"))?;
        let metadata: Metadata = self.fetched(provider, &url).await?;
        // Microsoft's, for all organisations, has a hole where the organisation stands.
        let is_template = provider.config.kind == ProviderKind::Microsoft && metadata.issuer.contains("{tenantid}");
        let is_secure = |url: &Url| url.scheme() == "https";
        let is_all_secure = is_secure(&metadata.authorization_endpoint)
            && is_secure(&metadata.token_endpoint)
            && metadata.jwks_uri.as_ref().is_none_or(is_secure)
            && metadata.userinfo_endpoint.as_ref().is_none_or(is_secure);
        if issuer.starts_with("https:") && !is_all_secure {
            return Err(broken(&provider.name, "it names an address that is not https://"));
        }
        match metadata.issuer.trim_end_matches('/') == issuer || is_template {
            true => Ok(metadata),
            false => Err(broken(&provider.name, "it says that it is another issuer than configured")),
        }
    }

    /// The origin at which people sign in: a form that ends there must be allowed to.
    pub(crate) async fn provider_origin(&self, name: &str) -> Result<String, AuthError> {
        let discovered = self.discovered(&*self.provider(name)?).await?;
        Ok(discovered.metadata.authorization_endpoint.origin().ascii_serialization())
    }

    pub(super) async fn fetched<T: DeserializeOwned>(&self, provider: &Configured, url: &Url) -> Result<T, AuthError> {
        let answer = self.infra.egress.get(url, None).await.map_err(|error| away(&provider.name, &error))?;
        if answer.status != 200 {
            tracing::warn!(
                provider = provider.name,
                status = answer.status,
                path = url.path(),
                "a provider of sign-ins answers otherwise"
            );
            return Err(AuthError::ProviderAway);
        }
        serde_json::from_slice(&answer.body)
            .map_err(|error| broken(&provider.name, &format!("{}: {error}", url.path())))
    }
}

fn configured(provider: &Configured) -> Result<Metadata, AuthError> {
    let url = |text: &str| Url::parse(text).map_err(|_| broken(&provider.name, "one of its URLs is none"));
    let [authorization, token, userinfo] = provider.config.urls();
    Ok(Metadata {
        issuer: provider.config.issuer().to_owned(),
        authorization_endpoint: url(authorization)?,
        token_endpoint: url(token)?,
        jwks_uri: None,
        userinfo_endpoint: Some(url(userinfo)?),
        token_endpoint_auth_methods_supported: Some(vec!["client_secret_post".to_owned()]),
        authorization_response_iss_parameter_supported: false,
        claims_parameter_supported: false,
    })
}
