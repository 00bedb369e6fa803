//! Coming back from a provider: signing in by the identity that was proven there, or linking it.

use super::register::has_come;
use super::visit::{Asked, SECRETS, VisitSecrets};
use super::{Configured, MAX_IDENTITIES, Person, broken};
use crate::domain::Auth;
use crate::domain::attempts::Attempted;
use crate::domain::flows::{Ending, Factor, SignIn};
use crate::domain::metrics::Attempt;
use crate::domain::security_events::SecurityEvent;
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::login_attempts::LoginAttemptStatus;
use crate::store::{accounts, credentials, oauth_providers, provider_visits, sessions};
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{FlowPurpose, LoginFailure};
use orion_contracts::users::UserStatus;
use orion_contracts::{Author, Email, Secret, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::{Scope, same, token_hash};
use uuid::Uuid;

/// What the tokens of a provider are sealed for.
const TOKENS: &str = "provider-tokens";
/// The longest name that is kept, in letters.
const LONGEST_NAME: usize = 200;

/// What a visit has come to.
pub(crate) enum Arrival {
    /// Somebody signs in.
    SignIn(SignIn),
    /// The identity is linked.
    Linked,
    /// Somebody has proven once more who they are, and is awaited at this address.
    SteppedUp(String),
}

/// A visit from which somebody is back.
pub(crate) struct Visit {
    /// The parameters of the page on which it began.
    pub(crate) query: String,
    /// Where they are awaited without a proof, where they went for a step-up.
    pub(crate) awaited: Option<String>,
}

/// What a browser brings back.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    pub(crate) code: String,
    /// Why the provider gave none.
    pub(crate) error: String,
    /// Whose answer it is (RFC 9207).
    pub(crate) iss: String,
}

impl Auth {
    /// Notes the name that a provider has posted beside the state. Whoever posts need not be the browser that began: this changes
    /// nothing else.
    pub(crate) async fn note_name(&self, state: &str, name: &str) -> Result<(), AuthError> {
        let name: String = name.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
        let Some(visit) = provider_visits::find(self.infra.db.read(), &token_hash(state)).await? else { return Ok(()) };
        if name.trim().is_empty() || visit.name.is_some() {
            return Ok(());
        }
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("a name that waits for its owner");
                provider_visits::put_name(change, visit.id, name.trim()).await
            })
            .await?;
        Ok(())
    }

    /// The visit with this state, for the same browser.
    pub(crate) async fn look_at_visit(&self, name: &str, browser: &str, state: &str) -> Result<Visit, AuthError> {
        let visit = self.visit(name, browser, state).await?;
        let awaited = self.secrets_of(&visit)?.step_up.map(|asked| asked.without_proof());
        Ok(Visit { query: visit.query, awaited })
    }

    fn secrets_of(&self, visit: &provider_visits::Model) -> Result<VisitSecrets, AuthError> {
        let defect = |error: &dyn std::fmt::Display| AuthError::Defect(format!("a visit: {error}"));
        let sealed = self.infra.secrets.unseal(Scope::AtRest, SECRETS, &visit.id.to_string(), &visit.sealed);
        serde_json::from_slice(&sealed.map_err(|error| defect(&error))?).map_err(|error| defect(&error))
    }

    async fn visit(&self, name: &str, browser: &str, state: &str) -> Result<provider_visits::Model, AuthError> {
        let now = self.infra.clock.now();
        let found = provider_visits::find(self.infra.db.read(), &token_hash(state)).await?;
        let is_theirs = |visit: &provider_visits::Model| {
            same(visit.browser_hash.as_bytes(), token_hash(browser).as_bytes())
                && visit.provider == name
                && visit.used_at.is_none()
                && now < visit.expires_at
        };
        found.filter(is_theirs).ok_or(AuthError::FlowOver)
    }

    /// Takes what a browser brings back from a provider, once.
    pub(crate) async fn come_back(
        &self,
        name: &str,
        (browser, devices): (&str, &[Secret]),
        state: &str,
        brought: &Brought,
        ending: &Ending,
    ) -> Result<Arrival, AuthError> {
        self.admit_stranger().await?;
        let provider = self.provider(name)?;
        let visit = self.visit(name, browser, state).await?;
        let used = self.infra.write(Author::ANONYMOUS, async |change| {
            change.unaudited("somebody is back from a provider; what comes of it is audited");
            provider_visits::use_up(change, visit.id, change.now()).await
        });
        if !used.await? {
            return Err(AuthError::FlowOver);
        }
        if !brought.error.is_empty() || brought.code.is_empty() {
            return Err(broken(
                name,
                &format!("it sent somebody back without a code: {}", brought.error.escape_debug()),
            ));
        }
        let discovered = self.discovered(&provider).await?;
        let metadata = &discovered.metadata;
        let is_mixed_up =
            !brought.iss.is_empty() && brought.iss.trim_end_matches('/') != metadata.issuer.trim_end_matches('/');
        if is_mixed_up || (brought.iss.is_empty() && metadata.authorization_response_iss_parameter_supported) {
            return Err(broken(name, "the answer is not its own (RFC 9207)"));
        }
        let secrets = self.secrets_of(&visit)?;
        let mut person = self.exchange(&provider, discovered, &brought.code, &secrets).await?;
        person.name = person.name.or(visit.name);
        if let Some(asked) = &secrets.step_up {
            return self.step_up_by(&provider, asked, &person, visit.created_at).await.map(Arrival::SteppedUp);
        }
        match visit.user_id {
            Some(user_id) => {
                let asked = secrets.asked.ok_or(AuthError::FlowOver)?;
                self.link(&provider, UserId(user_id), &asked, &person).await.map(|()| Arrival::Linked)
            }
            None => self.sign_in_as(&provider, &person, devices, ending).await.map(Arrival::SignIn),
        }
    }

    /// Signs in whoever has this identity. Somebody new gets an account by it.
    async fn sign_in_as(
        &self,
        provider: &Configured,
        person: &Person,
        devices: &[Secret],
        ending: &Ending,
    ) -> Result<SignIn, AuthError> {
        let user_id = self.account_of(provider, person).await?;
        let named = self.device_named(self.device_among(user_id, devices).await?.as_ref());
        let progress = self
            .infra
            .write(Author::ANONYMOUS, async |change| {
                let account = accounts::lock(change, user_id).await?.ok_or(AuthError::ProviderNotAdmitted)?;
                let identity = oauth_providers::find_by_subject(change, &person.issuer, &person.subject).await?;
                // It may have been taken away meanwhile.
                let identity = identity.filter(|identity| identity.user_id == user_id).ok_or(AuthError::FlowOver)?;
                let flow = self.new_flow(change, FlowPurpose::SignIn, Some(user_id), (None, named));
                let mut flow = flow.ending(ending);
                flow.prove(Factor::Provider);
                let progress = self.advance(change, flow, &account).await?.ok_or(AuthError::ProviderNotAdmitted)?;
                if matches!(progress, crate::domain::flows::Progress::Needs(_)) {
                    change.unaudited("a sign-in under way; what comes of it is audited");
                }
                let identity = self.used_identity(provider, identity, person, change.now());
                oauth_providers::used(change, &identity).await?;
                Ok::<_, AuthError>(progress)
            })
            .await;
        let attempt = if progress.is_ok() { Attempt::Success } else { Attempt::Failed };
        self.metrics.attempt(attempt, Factor::Provider.name());
        if matches!(progress, Err(AuthError::ProviderNotAdmitted)) {
            self.refuse_provider(user_id).await?;
        }
        self.told(progress?)
    }

    /// Records that somebody came from a provider and may not sign in.
    async fn refuse_provider(&self, user_id: Uuid) -> Result<(), AuthError> {
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                let email =
                    identifiers::find_of(change, user_id, EMAIL).await?.and_then(|email| email.value.parse().ok());
                let identifier_mac = email.map(|email: Email| self.identifier_mac(&email)).unwrap_or_default();
                let failure = Some(LoginFailure::MayNotSignIn);
                let method = Factor::Provider.name().to_owned();
                let attempted = Attempted { user_id: Some(user_id), method, failure };
                self.record_attempt(change, &identifier_mac, LoginAttemptStatus::Failed, attempted).await?;
                let mut record = AuditRecord::new(AuditAction::Login, "account", "A sign-in at a provider was refused");
                record.success = false;
                change.audit(record.on(UserId(user_id)));
                Ok(())
            })
            .await
    }

    /// Links an identity to the account of somebody who has asked for it a moment ago, in a session that still stands, with the
    /// password that still is, and with the second factor where there is one by now.
    async fn link(&self, provider: &Configured, id: UserId, asked: &Asked, person: &Person) -> Result<(), AuthError> {
        self.infra
            .write(Author::user(id, None), async |change| {
                let account = accounts::lock(change, id.0).await?.ok_or(AuthError::UserNotFound)?;
                if account.status()? != UserStatus::Active {
                    return Err(AuthError::NotActive);
                }
                let session = sessions::find(change, asked.session_id.map_or(Uuid::nil(), |sid| sid.0)).await?;
                let session = session.filter(|session| session.user_id == id.0 && session.is_alive(change.now()));
                let has_factors = !self.second_factors(change, id.0).await?.is_empty();
                let stands = session.is_some_and(|session| !has_factors || session.has_two_factors());
                let credential = credentials::find(change, id.0).await?;
                if !stands || credential.is_some_and(|credential| credential.changed_at > asked.at) {
                    return Err(AuthError::FlowOver);
                }
                let count = oauth_providers::count_of(change, id.0).await?;
                if count >= MAX_IDENTITIES {
                    return Err(AuthError::TooManyIdentities);
                }
                let row = self.identity(change, provider, id.0, person, count == 0);
                if let Some(stale) = oauth_providers::find_by_subject(change, &person.issuer, &person.subject).await?
                    && !has_come(change, stale.user_id).await?
                {
                    // Its account was to be made, and never was.
                    oauth_providers::delete(change, stale.id).await?;
                }
                if !oauth_providers::insert(change, row).await? {
                    let found = oauth_providers::find_by_subject(change, &person.issuer, &person.subject).await?;
                    return match found.is_some_and(|found| found.user_id == id.0) {
                        true => {
                            change.unaudited("the identity is linked already");
                            Ok(())
                        }
                        false => Err(AuthError::IdentityTaken),
                    };
                }
                self.note(change, SecurityEvent::ProviderLinked, Some(id.0), None).await?;
                let description = format!("Linked an identity at {}", provider.name);
                change.audit(AuditRecord::new(AuditAction::Create, "provider", description).on(id));
                Ok(())
            })
            .await
    }

    pub(super) fn identity(
        &self,
        change: &Change,
        provider: &Configured,
        user_id: Uuid,
        person: &Person,
        is_primary: bool,
    ) -> oauth_providers::Model {
        let (id, now) = (change.id(), change.now());
        oauth_providers::Model {
            id,
            user_id,
            provider: provider.name.clone(),
            issuer: person.issuer.clone(),
            subject: person.subject.clone(),
            email: person.email.as_ref().map(ToString::to_string),
            tokens_sealed: Some(self.sealed_tokens(id, person)),
            is_primary,
            created_at: now,
            updated_at: now,
            last_used_at: None,
        }
    }

    /// An identity with what its use has told.
    pub(super) fn used_identity(
        &self,
        provider: &Configured,
        identity: oauth_providers::Model,
        person: &Person,
        now: DateTime<Utc>,
    ) -> oauth_providers::Model {
        oauth_providers::Model {
            provider: provider.name.clone(),
            // What was told last stays where nothing is told.
            email: person.email.as_ref().map(ToString::to_string).or(identity.email),
            tokens_sealed: Some(self.sealed_tokens(identity.id, person)),
            updated_at: now,
            last_used_at: Some(now),
            ..identity
        }
    }

    fn sealed_tokens(&self, identity: Uuid, person: &Person) -> String {
        self.infra.secrets.seal(Scope::AtRest, TOKENS, &identity.to_string(), person.tokens.as_bytes())
    }
}
