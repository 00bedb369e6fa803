//! Lets tries pass by what failed before them.

use super::buckets::Claim;
use super::delays::{QUIET, delay, is_pressed};
use super::{ASTRAY, Bucket, Failing, Known, OfAccount, seconds};
use crate::domain::Auth;
use crate::domain::attempts::Attempted;
use crate::domain::metrics::Attempt;
use crate::domain::places::place_of;
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{credentials, rate_limits, sessions};
use chrono::DateTime;
use orion_contracts::auth::LoginFailure;
use orion_contracts::{Author, Email};
use orion_infra::Change;
use orion_infra::request::RequestContext;
use uuid::Uuid;

impl Auth {
    /// Lets a sign-in pass, or says after how many seconds to come again.
    pub(in crate::domain) async fn admit(&self, email: &Email, known: &Known) -> Result<Bucket, AuthError> {
        let place = RequestContext::current().ip_address.as_deref().map(place_of);
        self.admit_minute(place.as_deref(), known.device).await?;
        let bucket = self.bucket(email, known, place).await?;
        self.pass(bucket).await
    }

    /// Lets the step of a sign-in that follows the first one pass, counted apart from those: whoever gets that far knows the
    /// password.
    pub(in crate::domain) async fn admit_code(&self, user_id: Uuid, device: Option<Uuid>) -> Result<Bucket, AuthError> {
        self.admit_step(OfAccount::Code, user_id, device).await
    }

    /// Lets a password be tried at a step, counted apart from codes: whoever knows it must not empty their bucket by it.
    pub(in crate::domain) async fn admit_flow_password(
        &self,
        user_id: Uuid,
        device: Option<Uuid>,
    ) -> Result<Bucket, AuthError> {
        self.admit_step(OfAccount::FlowPassword, user_id, device).await
    }

    /// Lets a passkey be tried, counted apart from codes: whoever sends a wrong one need not know the password.
    pub(in crate::domain) async fn admit_passkey(
        &self,
        user_id: Uuid,
        device: Option<Uuid>,
    ) -> Result<Bucket, AuthError> {
        self.admit_step(OfAccount::Passkey, user_id, device).await
    }

    /// Lets a code of a visit at a provider be tried.
    pub(in crate::domain) async fn admit_provider(
        &self,
        user_id: Uuid,
        device: Option<Uuid>,
    ) -> Result<Bucket, AuthError> {
        self.admit_step(OfAccount::Provider, user_id, device).await
    }

    /// Lets the password of now be tried by who is signed in.
    pub(in crate::domain) async fn admit_password_change(&self, user_id: Uuid) -> Result<Bucket, AuthError> {
        self.admit_step(OfAccount::PasswordChange, user_id, None).await
    }

    async fn admit_step(&self, guarded: OfAccount, user_id: Uuid, named: Option<Uuid>) -> Result<Bucket, AuthError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        let place = RequestContext::current().ip_address.as_deref().map(place_of);
        let email = identifiers::find_of(db, user_id, EMAIL).await?.and_then(|email| email.value.parse().ok());
        // Who has no password is known since ever.
        let since =
            credentials::find(db, user_id).await?.map_or(DateTime::UNIX_EPOCH, |credential| credential.changed_at);
        let since = since.min(now);
        let device = self.known_device(db, Some(user_id), named, since).await?.map(|device| device.id);
        self.admit_minute(place.as_deref(), device).await?;
        let known = match &place {
            Some(place) if device.is_none() => sessions::is_place_of(db, user_id, place, now, since).await?,
            _ => false,
        };
        let identifier_mac = email.map(|email: Email| self.identifier_mac(&email)).unwrap_or_default();
        let failing = Failing::Account(guarded, user_id);
        self.pass(self.bucket_of((failing, Some(user_id)), identifier_mac, (place, device, known))).await
    }

    /// Lets a try pass by what was counted in its bucket, or records that one was refused.
    async fn pass(&self, mut bucket: Bucket) -> Result<Bucket, AuthError> {
        let passed = self.look_at(&mut bucket).await;
        if matches!(passed, Err(AuthError::Throttled(_))) {
            self.record_blocked_by(&bucket).await;
        }
        passed.map(|()| bucket)
    }

    async fn record_blocked_by(&self, bucket: &Bucket) {
        let Some(method) = bucket.guarded.method() else { return };
        self.metrics.attempt(Attempt::Blocked, method);
        let attempted = Attempted {
            user_id: bucket.user_id,
            method: method.to_owned(),
            failure: Some(LoginFailure::TooManyFailures),
        };
        self.record_blocked(&bucket.key, &bucket.identifier_mac, &attempted).await;
    }

    async fn look_at(&self, bucket: &mut Bucket) -> Result<(), AuthError> {
        let threshold = self.config.get().login_failures_before_delay;
        let now = self.infra.clock.now();
        let (mut row, mut pressed) = (None, false);
        let (key, keys) = (bucket.key.to_string(), bucket.keys());
        for counted in rate_limits::find(self.infra.db.read(), keys.iter().map(String::as_str), now).await? {
            // What holds for longer than anything does was counted by a clock that was ahead.
            match counted.reset_at <= now + QUIET + ASTRAY {
                true if counted.key == key => row = Some(counted),
                true => pressed = is_pressed(counted.count),
                false => {}
            }
        }
        let failures = row.as_ref().map_or(0, |row| row.count);
        let wait = delay(failures, threshold, pressed);
        let blocked_until = row.and_then(|row| row.blocked_until);
        if wait.is_zero() {
            // Those under way may all fail.
            let soon = delay(failures.saturating_add(bucket.flight.before), threshold, pressed);
            return if soon.is_zero() { Ok(()) } else { Err(AuthError::Throttled(1)) };
        }
        if let Some(until) = blocked_until.filter(|until| *until > now) {
            return Err(AuthError::Throttled(seconds(until - now)));
        }
        let until = now + wait;
        let claim = async |change: &mut Change| {
            change.unaudited("a throttle; what comes of the try is audited");
            rate_limits::claim(change, &key, until, now).await
        };
        if !self.infra.write(Author::ANONYMOUS, claim).await? {
            return Err(AuthError::Throttled(seconds(wait)));
        }
        bucket.claimed = Some(Claim { before: blocked_until, until });
        Ok(())
    }

    /// Does what a try is for. When it comes to no verdict the try is given back.
    pub(in crate::domain) async fn tried<T>(
        &self,
        bucket: &Bucket,
        work: impl Future<Output = Result<T, AuthError>> + Send,
    ) -> Result<T, AuthError> {
        let outcome = work.await;
        if outcome.is_err() {
            self.give_back(bucket).await;
        }
        outcome
    }

    /// Gives back a try that nothing came of. Best effort: without it the block stands as it was moved.
    pub(in crate::domain) async fn give_back(&self, bucket: &Bucket) {
        let Some(Claim { before, until }) = bucket.claimed else { return };
        let give_back = async |change: &mut Change| {
            change.unaudited("a throttle; nothing came of the try");
            rate_limits::give_back(change, &bucket.key.to_string(), until, before).await
        };
        if let Err(error) = self.infra.write(Author::ANONYMOUS, give_back).await {
            tracing::warn!(%error, "a sign-in that nobody looked at has to wait as if it had failed");
        }
    }
}
