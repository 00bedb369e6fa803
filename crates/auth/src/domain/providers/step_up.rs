//! Visits of those who prove once more who they are: they are to sign in at the provider anew, and the provider says when they did.
//!
//! `prompt=login` and `max_age=0` ask for it; both pass through the browser, where they can be taken away, and some providers do not
//! know them. So what counts is `auth_time` in the ID token alone (OpenID Connect Core 1.0, sections 3.1.2.1 and 3.1.3.7). Where there
//! is none nothing was shown: plain OAuth 2 providers, such as GitHub, are not even offered.

use super::visit::{Going, LIFETIME};
use super::{Configured, Person};
use crate::domain::Auth;
use crate::domain::attempts::Attempted;
use crate::domain::flows::Factor;
use crate::error::AuthError;
use crate::store::login_attempts::LoginAttemptStatus;
use crate::store::oauth_providers;
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{LoginFailure, Provider, ProviderVisit};
use orion_contracts::{Author, FlowId, UserId};
use orion_http::FRESH_SECONDS;
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::Scope;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

/// What is sealed in the address that such a visit begins with.
const TICKET: &str = "provider-step-up";
/// How far the provider's clock may differ, in seconds.
const LEEWAY: i64 = 60;

/// For which flow somebody goes to a provider, and where they are awaited.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SteppingUp {
    flow_id: FlowId,
    pub(super) user_id: UserId,
    back: Url,
    state: Option<String>,
    until: DateTime<Utc>,
}

impl SteppingUp {
    /// Where they are awaited, with what came of it.
    fn with(&self, name: &str, value: &str) -> String {
        let mut to = self.back.clone();
        to.query_pairs_mut().append_pair(name, value);
        if let Some(state) = &self.state {
            to.query_pairs_mut().append_pair("state", state);
        }
        to.into()
    }

    /// Where they are awaited, without anything proven (the word is that of RFC 6749, section 4.1.2.1).
    pub(crate) fn without_proof(&self) -> String {
        self.with("error", "access_denied")
    }
}

impl Auth {
    /// At which of these identities' providers somebody can be asked to sign in anew, each once.
    pub(in crate::domain) fn telling_providers(&self, identities: &[oauth_providers::Model]) -> Vec<Provider> {
        let config = self.config.get();
        let telling = config.providers.iter().filter(|(name, provider)| {
            provider.is_oidc() && identities.iter().any(|identity| identity.provider == **name)
        });
        telling.map(|(name, provider)| Provider { name: name.clone(), label: provider.label(name) }).collect()
    }

    /// The address that leads the browser of somebody who steps up to a provider.
    pub(in crate::domain) fn step_up_visit(
        &self,
        name: &str,
        flow_id: FlowId,
        user_id: Uuid,
        back: Url,
        state: Option<String>,
    ) -> Result<ProviderVisit, AuthError> {
        let until = self.infra.clock.now() + LIFETIME;
        let ticket = SteppingUp { flow_id, user_id: UserId(user_id), back, state, until };
        let plain = serde_json::to_vec(&ticket).map_err(|error| AuthError::Defect(format!("a ticket: {error}")))?;
        let ticket = self.infra.secrets.seal(Scope::AtRest, TICKET, name, &plain);
        Ok(ProviderVisit { url: self.provider_page(name, "step-up", &ticket)? })
    }

    /// Begins such a visit: the address at the provider that the browser goes to.
    pub(crate) async fn begin_step_up_visit(&self, name: &str, browser: &str, ticket: &str) -> Result<Url, AuthError> {
        let plain = self.infra.secrets.unseal(Scope::AtRest, TICKET, name, ticket).ok();
        let ticket: Option<SteppingUp> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        let now = self.infra.clock.now();
        let ticket = ticket.filter(|ticket| now < ticket.until).ok_or(AuthError::FlowOver)?;
        self.begin_visit(name, browser, "", Going::SteppingUp(&ticket)).await
    }

    /// What somebody has proven who came back: the address that carries the code to where they are awaited.
    pub(super) async fn step_up_by(
        &self,
        provider: &Configured,
        asked: &SteppingUp,
        person: &Person,
        went_at: DateTime<Utc>,
    ) -> Result<String, AuthError> {
        let found = oauth_providers::find_by_subject(self.infra.db.read(), &person.issuer, &person.subject).await?;
        let Some(identity) = found.filter(|identity| identity.user_id == asked.user_id.0) else {
            let description = "A step-up by an identity that is not linked was refused";
            self.refuse_identity(asked.user_id, LoginFailure::OtherIdentity, description).await?;
            return Err(AuthError::OtherIdentity);
        };
        if !self.is_fresh(provider, person, went_at) {
            let description = "A step-up at a provider that told of no sign-in anew was refused";
            self.refuse_identity(asked.user_id, LoginFailure::WrongStep, description).await?;
            return Err(AuthError::ProviderNotFresh);
        }
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("an identity that was proven; what comes of the step-up is audited");
                let identity = self.used_identity(provider, identity.clone(), person, change.now());
                oauth_providers::used(change, &identity).await
            })
            .await?;
        Ok(asked.with("code", self.visited_code(asked.flow_id, identity.id)?.expose()))
    }

    /// Whether the provider says that they have signed in there since they went, and as short a time ago as a step-up is good for.
    /// A time to come is no answer to that.
    fn is_fresh(&self, provider: &Configured, person: &Person, went_at: DateTime<Utc>) -> bool {
        let now = self.infra.clock.now().timestamp();
        let since = went_at.timestamp().max(now - FRESH_SECONDS);
        if person.auth_time.is_some_and(|at| at >= since - LEEWAY && at <= now + LEEWAY) {
            return true;
        }
        let auth_time = person.auth_time;
        tracing::warn!(
            provider = provider.name,
            auth_time,
            "a provider was asked for a sign-in anew, and tells of none"
        );
        false
    }

    /// Records that somebody tried to step up by an identity that proves nothing for the account.
    async fn refuse_identity(
        &self,
        user_id: UserId,
        failure: LoginFailure,
        description: &'static str,
    ) -> Result<(), AuthError> {
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                let email = self.address_of(change, user_id.0).await?;
                let identifier_mac = email.map(|email| self.identifier_mac(&email)).unwrap_or_default();
                let method = Factor::Provider.name().to_owned();
                let attempted = Attempted { user_id: Some(user_id.0), method, failure: Some(failure) };
                self.record_attempt(change, &identifier_mac, LoginAttemptStatus::Failed, attempted).await?;
                let mut record = AuditRecord::new(AuditAction::Login, "account", description);
                record.success = false;
                change.audit(record.on(user_id));
                Ok(())
            })
            .await
    }
}
