//! Signing in with a password. An unknown address, a wrong password and an account that may not sign in look the same
//! from outside: in status, in body, and in time, because each costs one hash and one transaction.

use super::Auth;
use super::metrics::Attempt;
use super::password::StoredHash;
use super::security_events::SecurityEvent;
use super::sessions::{Grant, roles_of};
use super::throttle::Bucket;
use crate::error::AuthError;
use crate::store::identifiers::EMAIL;
use crate::store::login_attempts::{self, LoginAttemptStatus};
use crate::store::{accounts, credentials, identifiers};
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{LoginRequest, TokenResponse};
use orion_contracts::events::LoginFailed;
use orion_contracts::{Author, SessionId, UserId};
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use orion_infra::{Change, DbError};
use uuid::Uuid;

/// The method as in attempts and metrics.
const METHOD: &str = "password";
/// The method as in tokens (RFC 8176).
const AMR: &[&str] = &["pwd"];

/// A credential whose password was right a moment ago.
struct Proven {
    user_id: Uuid,
    password_hash: String,
    /// When it was chosen.
    password_since: DateTime<Utc>,
    /// The same password with today's parameters, when it was stored with others.
    upgraded: Option<String>,
}

/// The stored hash; none when it cannot be computed, which is for an operator to mend.
fn usable(credential: &credentials::Model) -> Option<StoredHash> {
    let outcome = StoredHash::parse(&credential.password_hash);
    let log = |reason: &_| tracing::error!(user_id = %credential.user_id, %reason, "a password hash cannot be used");
    outcome.inspect_err(log).ok()
}

impl Auth {
    /// Signs in: a new session with an access and a refresh token.
    pub(crate) async fn login(&self, request: &LoginRequest) -> Result<TokenResponse, AuthError> {
        let owner = identifiers::owner(self.infra.db.read(), EMAIL, request.email.as_str()).await?;
        // The look-ups are made for unknown addresses too, so that they cost the same.
        let credential = credentials::find(self.infra.db.read(), owner.unwrap_or(Uuid::nil())).await?;
        let password_since = credential.as_ref().map_or(self.infra.clock.now(), |credential| credential.changed_at);
        let bucket = self.admit(request, owner, password_since).await.inspect_err(|error| {
            if matches!(error, AuthError::Throttled(_)) {
                self.metrics.attempt(Attempt::Blocked, METHOD);
            }
        })?;
        match self.try_in(request, owner, credential, &bucket).await {
            Ok(tokens) => {
                self.metrics.attempt(Attempt::Success, METHOD);
                Ok(tokens)
            }
            Err(AuthError::InvalidCredentials) => {
                self.metrics.attempt(Attempt::Failed, METHOD);
                Err(AuthError::InvalidCredentials)
            }
            Err(error) => {
                self.give_back(&bucket).await;
                Err(error)
            }
        }
    }

    /// Tries what was let in.
    async fn try_in(
        &self,
        request: &LoginRequest,
        owner: Option<Uuid>,
        credential: Option<credentials::Model>,
        bucket: &Bucket,
    ) -> Result<TokenResponse, AuthError> {
        let proven = self.prove(request, credential).await?;
        let granted = match proven {
            Some(proven) => self.admit_proven(bucket, proven).await?,
            None => None,
        };
        match granted {
            Some((grant, password_since)) => {
                let now = self.infra.clock.now();
                let device = self.device_token(&request.email, password_since, bucket.device, now);
                Ok(TokenResponse { device_token: Some(device), ..self.issue(grant)? })
            }
            None => {
                self.refuse(bucket, owner).await?;
                Err(AuthError::InvalidCredentials)
            }
        }
    }

    /// Whether the password is right. Always costs one hash.
    async fn prove(
        &self,
        request: &LoginRequest,
        credential: Option<credentials::Model>,
    ) -> Result<Option<Proven>, AuthError> {
        let stored = credential.as_ref().and_then(usable);
        let measure = stored.clone().unwrap_or_else(|| self.unmatchable.clone());
        let matches = self.hashing.verify(&request.password, measure).await?;
        let (Some(credential), Some(stored), true) = (credential, stored, matches) else { return Ok(None) };
        let upgraded = if self.hashing.parameters().made(&stored) {
            None
        } else {
            Some(self.hashing.hash(&request.password).await?)
        };
        Ok(Some(Proven {
            user_id: credential.user_id,
            password_hash: credential.password_hash,
            password_since: credential.changed_at,
            upgraded,
        }))
    }

    /// Begins the session, unless the account may not sign in or its password was changed in the meantime.
    async fn admit_proven(&self, bucket: &Bucket, proven: Proven) -> Result<Option<(Grant, DateTime<Utc>)>, AuthError> {
        let Proven { user_id, password_hash, password_since, upgraded } = proven;
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                let account = accounts::lock(change, user_id).await?;
                let current = credentials::find(change, user_id).await?.map(|credential| credential.password_hash);
                let roles = match account {
                    Some(account) if current.as_deref() == Some(&password_hash) => roles_of(&account)?,
                    _ => None,
                };
                let Some(roles) = roles else { return Ok(None) };
                if let Some(upgraded) = &upgraded {
                    credentials::rehash(change, user_id, &password_hash, upgraded).await?;
                }
                let grant = self.start_session(change, user_id, roles, AMR).await?;
                self.forget_failures(change, bucket).await?;
                self.record_attempt(change, bucket, Some(user_id), LoginAttemptStatus::Success, None).await?;
                let session_id = SessionId(grant.session.id);
                change.made_by(Author::user(UserId(user_id), Some(session_id)));
                let record = AuditRecord::new(AuditAction::Login, "session", "Signed in with a password");
                change.audit(record.on(session_id));
                Ok(Some((grant, password_since)))
            })
            .await
    }

    /// Counts and records a failure.
    async fn refuse(&self, bucket: &Bucket, user_id: Option<Uuid>) -> Result<(), AuthError> {
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                let begins_to_delay = self.count_failure(change, bucket).await?;
                let reason = Some("wrong credentials, or an account that may not sign in");
                self.record_attempt(change, bucket, user_id, LoginAttemptStatus::Failed, reason).await?;
                if begins_to_delay {
                    self.note(change, SecurityEvent::RepeatedFailures, user_id, None).await?;
                }
                let id = user_id.unwrap_or_else(|| change.id());
                let ip_address = RequestContext::current().ip_address.clone();
                change.tell(id, 0, LoginFailed { user_id: user_id.map(UserId), ip_address });
                let mut record = AuditRecord::new(AuditAction::Login, "account", "A sign-in with a password failed");
                (record.resource_id, record.success) = (user_id.map(|id| id.to_string()), false);
                change.audit(record);
                Ok(())
            })
            .await
    }

    async fn record_attempt(
        &self,
        change: &Change,
        bucket: &Bucket,
        user_id: Option<Uuid>,
        status: LoginAttemptStatus,
        failure_reason: Option<&str>,
    ) -> Result<(), DbError> {
        let request = RequestContext::current();
        let attempt = login_attempts::Model {
            id: change.id(),
            user_id,
            identifier_mac: bucket.identifier_mac.clone(),
            status,
            method: METHOD.to_owned(),
            ip_address: bucket.place.clone(),
            user_agent: request.user_agent.clone(),
            failure_reason: failure_reason.map(str::to_owned),
            attempted_at: change.now(),
        };
        login_attempts::insert(change, attempt).await
    }
}
