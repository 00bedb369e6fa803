//! Signing in with a password. An unknown address, a wrong password and an account that may not sign in look the same
//! from outside: in status, in body, and in time, because each costs one hash and one transaction.

use super::Auth;
use super::attempts::Attempted;
use super::flows::{Ending, Factor, KnownOfAccount, Progress, SignIn};
use super::metrics::Attempt;
use super::password::StoredHash;
use super::security_events::SecurityEvent;
use super::throttle::{Bucket, Known};
use crate::error::AuthError;
use crate::store::identifiers::EMAIL;
use crate::store::login_attempts::LoginAttemptStatus;
use crate::store::{accounts, credentials, identifiers};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{FlowPurpose, LoginFailure, LoginRequest};
use orion_contracts::events::LoginFailed;
use orion_contracts::{Author, Email, Password, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use uuid::Uuid;

/// The method as in attempts and metrics.
const METHOD: &str = Factor::Password.name();
/// A credential whose password was right a moment ago.
pub(super) struct Proven {
    user_id: Uuid,
    pub(super) password_hash: String,
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
    /// Signs in: a new session with an access and a refresh token, or a flow where a password is not enough.
    pub(crate) async fn login(&self, request: &LoginRequest) -> Result<SignIn, AuthError> {
        self.login_to(request, &Ending::Session).await
    }

    /// Signs in, to end like this.
    pub(crate) async fn login_to(&self, request: &LoginRequest, ending: &Ending) -> Result<SignIn, AuthError> {
        let owner = identifiers::owner(self.infra.db.read(), EMAIL, request.email.as_str()).await?;
        // The look-ups are made for unknown addresses too, so that they cost the same.
        let credential = credentials::find(self.infra.db.read(), owner.unwrap_or(Uuid::nil())).await?;
        let password_since = credential.as_ref().map_or(self.infra.clock.now(), |credential| credential.changed_at);
        let named = self.device_named(request.device_token.as_ref());
        let device = self.known_device(self.infra.db.read(), owner, named, password_since).await?;
        let known = Known { owner, password_since, device: device.map(|device| device.id) };
        let bucket = self.admit(&request.email, &known).await?;
        match self.try_in((request, named), owner, credential, &bucket, ending).await {
            Ok(sign_in) => {
                self.metrics.attempt(Attempt::Success, METHOD);
                Ok(sign_in)
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
        (request, named): (&LoginRequest, Option<Uuid>),
        owner: Option<Uuid>,
        credential: Option<credentials::Model>,
        bucket: &Bucket,
        ending: &Ending,
    ) -> Result<SignIn, AuthError> {
        let progress = match self.prove(&request.password, credential).await? {
            Some(proven) => self.admit_proven((bucket, named, &request.email), proven, ending).await?,
            None => Err(LoginFailure::WrongCredentials),
        };
        match progress {
            Ok(progress) => self.told(progress),
            Err(failure) => {
                self.refuse(bucket, owner, failure).await?;
                Err(AuthError::InvalidCredentials)
            }
        }
    }

    /// Whether the password is right. Always costs one hash.
    pub(super) async fn prove(
        &self,
        password: &Password,
        credential: Option<credentials::Model>,
    ) -> Result<Option<Proven>, AuthError> {
        let stored = credential.as_ref().and_then(usable);
        let measure = stored.clone().unwrap_or_else(|| self.unmatchable.clone());
        let matches = self.hashing.verify(password, measure).await?;
        let (Some(credential), Some(stored), true) = (credential, stored, matches) else { return Ok(None) };
        let upgraded =
            if self.hashing.parameters().made(&stored) { None } else { Some(self.hashing.hash(password).await?) };
        Ok(Some(Proven { user_id: credential.user_id, password_hash: credential.password_hash, upgraded }))
    }

    /// Goes on to the session, unless the account may not sign in or its password was changed in the meantime.
    async fn admit_proven(
        &self,
        (bucket, named, email): (&Bucket, Option<Uuid>, &Email),
        proven: Proven,
        ending: &Ending,
    ) -> Result<Result<Progress, LoginFailure>, AuthError> {
        let Proven { user_id, password_hash, upgraded } = proven;
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                let account = accounts::lock(change, user_id).await?;
                let current = credentials::find(change, user_id).await?;
                let current = current.filter(|credential| credential.password_hash == password_hash);
                let (Some(account), Some(credential)) = (account, current) else {
                    return Ok(Err(LoginFailure::WrongCredentials));
                };
                let known = KnownOfAccount { email: Some(email.clone()), credential: Some(credential) };
                let flow = self.new_flow(change, FlowPurpose::SignIn, Some(user_id), (None, named));
                let mut flow = flow.ending(ending).knowing(known);
                flow.prove(Factor::Password);
                let Some(progress) = self.advance(change, flow, &account).await? else {
                    return Ok(Err(LoginFailure::MayNotSignIn));
                };
                if let Some(upgraded) = &upgraded {
                    credentials::rehash(change, user_id, &password_hash, upgraded).await?;
                }
                self.forget_failures(change, bucket).await?;
                if matches!(progress, Progress::Needs(_)) {
                    change.unaudited("a sign-in under way; what comes of it is audited");
                }
                Ok(Ok(progress))
            })
            .await
    }

    /// Counts and records a failure. Why it was is told to nobody but whoever reads the attempts.
    async fn refuse(&self, bucket: &Bucket, user_id: Option<Uuid>, failure: LoginFailure) -> Result<(), AuthError> {
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                let attempted = Attempted { user_id, method: METHOD.to_owned(), failure: Some(failure) };
                self.record_attempt(change, &bucket.identifier_mac, LoginAttemptStatus::Failed, attempted).await?;
                self.count_and_note(change, bucket, user_id, true).await?;
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

    /// Counts a failure beyond the first step, or of a passkey that begins a sign-in: then it is by a stranger, who has proven
    /// nothing before.
    pub(super) async fn count_refused(
        &self,
        change: &mut Change,
        bucket: &Bucket,
        user_id: Uuid,
        by_stranger: bool,
    ) -> Result<(), AuthError> {
        self.count_and_note(change, bucket, Some(user_id), by_stranger).await?;
        let ip_address = RequestContext::current().ip_address.clone();
        change.tell(user_id, 0, LoginFailed { user_id: Some(UserId(user_id)), ip_address });
        Ok(())
    }

    async fn count_and_note(
        &self,
        change: &mut Change,
        bucket: &Bucket,
        user_id: Option<Uuid>,
        by_stranger: bool,
    ) -> Result<(), AuthError> {
        if self.count_failure(change, bucket).await? {
            let event = SecurityEvent::RepeatedFailures { guarded: bucket.guarded, by_stranger };
            self.note(change, event, user_id, None).await?;
        }
        Ok(())
    }
}
