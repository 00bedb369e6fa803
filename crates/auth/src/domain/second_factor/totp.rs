//! Authenticator apps (RFC 6238): SHA-1, six digits, thirty seconds, for that is what all of them do.
//!
//! A code is taken once: of its time step and those before none is taken again, by comparing and setting, so that of a hundred
//! at once, on whatever nodes, one wins. That includes the code that sets the app up.

use super::{HOUR, OF_ONE_USER};
use crate::domain::Auth;
use crate::domain::flows::Factor;
use crate::domain::security_events::{FactorKind, SecurityEvent};
use crate::domain::throttle::Moment;
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{accounts, two_factor};
use chrono::TimeDelta;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{BackupCodes, ConfirmTotp, TotpEnrolment};
use orion_contracts::{FieldCode, FieldFault, Secret, SessionId, UserId};
use orion_http::Caller;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::Scope;
use qrcode::QrCode;
use qrcode::render::svg;
use sea_orm::ConnectionTrait;
use totp_rs::{Builder, Totp};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Length of a key, in bytes (RFC 4226 recommends 160 bits).
const KEY: usize = 20;
/// How many time steps a clock may be away, a minute.
const SKEW: u16 = 2;
/// How long a key that was shown waits for its first code.
const PENDING: TimeDelta = TimeDelta::minutes(30);
const PURPOSE: &str = "totp-key";
const PENDING_PURPOSE: &str = "shown-totp-key";

impl Auth {
    /// Shows a new key. It counts once the session that asked for it has sent a code of it, and until then whatever was in use
    /// stays in use.
    pub(crate) async fn begin_totp(&self, caller: &Caller) -> Result<TotpEnrolment, AuthError> {
        let (id, key) = (caller.user_id(), self.new_app_key());
        let sealed =
            self.infra.secrets.seal(Scope::AtRest, PENDING_PURPOSE, &asked_by(caller), key.expose().as_bytes());
        let enrolment = self.app_enrolment(id.0, &key).await?;
        self.infra
            .write(caller, async |change| {
                change.unaudited("a key that was shown; it is audited once it counts");
                accounts::lock(change, id.0).await?.ok_or(AuthError::UserNotFound)?;
                self.demand_proven_session(change, caller).await?;
                let now = change.now();
                two_factor::put_pending(change, id.0, sealed.clone(), now + PENDING, now).await?;
                Ok::<_, AuthError>(())
            })
            .await?;
        Ok(enrolment)
    }

    /// A key for an authenticator app, in Base32.
    pub(in crate::domain) fn new_app_key(&self) -> Secret {
        let key = Zeroizing::new(self.infra.random.bytes::<KEY>());
        Secret::new(totp_rs::Secret::new(key.to_vec().into()).to_base32())
    }

    /// A key as apps read it, for this person.
    pub(in crate::domain) async fn app_enrolment(
        &self,
        user_id: Uuid,
        key: &Secret,
    ) -> Result<TotpEnrolment, AuthError> {
        let email = identifiers::find_of(self.infra.db.read(), user_id, EMAIL).await?;
        let totp = self.app(&bytes_of(key)?, &email.map(|email| email.value).unwrap_or_default())?;
        let url = Secret::new(totp.to_url().map_err(defect)?);
        let code = QrCode::new(url.expose().as_bytes()).map_err(defect)?;
        let qr_svg = Secret::new(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build());
        Ok(TotpEnrolment { secret: key.clone(), url, qr_svg })
    }

    /// Puts the key that was shown in use, by a code of it. New backup codes come with it; older ones are void.
    pub(crate) async fn confirm_totp(&self, caller: &Caller, request: &ConfirmTotp) -> Result<BackupCodes, AuthError> {
        let id = caller.user_id();
        self.demand_proven_session(self.infra.db.read(), caller).await?;
        self.admit_moment(Moment::TotpEnrolment(id), HOUR, OF_ONE_USER).await?;
        let fault = FieldFault::new(FieldCode::Invalid, "is not a code of the key that was shown last");
        // A wrong code costs no hashes.
        if self.shown_key_of(self.infra.db.read(), caller, &request.code).await?.is_none() {
            return Err(AuthError::Wrong("code", fault));
        }
        let made = self.make_backup_codes(id).await?;
        let confirmed = self
            .infra
            .write(caller, async |change| {
                accounts::lock(change, id.0).await?.ok_or(AuthError::UserNotFound)?;
                self.demand_proven_session(change, caller).await?;
                let Some((key, step)) = self.shown_key_of(change, caller, &request.code).await? else {
                    return Ok(false);
                };
                self.put_app(change, (id.0, caller.session_id()), &key, step).await?;
                self.replace_backup_codes(change, (id, caller.session_id()), &made).await?;
                self.note_second_proof(change, caller, Factor::Totp).await?;
                if request.end_other_sessions {
                    self.end_sessions_but(change, id, caller.session_id()).await?;
                }
                Ok::<_, AuthError>(true)
            })
            .await?;
        if confirmed { Ok(made.shown()) } else { Err(AuthError::Wrong("code", fault)) }
    }

    /// The key that was shown to this session and waits, and the step of it that a code is of.
    async fn shown_key_of(
        &self,
        connection: &impl ConnectionTrait,
        caller: &Caller,
        code: &Secret,
    ) -> Result<Option<(Secret, i64)>, AuthError> {
        let now = self.infra.clock.now();
        let found = two_factor::find(connection, caller.user_id().0).await?;
        let waits = found.filter(|found| found.pending_expires_at.is_some_and(|until| now < until));
        let Some(sealed) = waits.and_then(|found| found.pending_secret_sealed) else { return Ok(None) };
        // What another session was shown opens for that one alone.
        let opened = self.infra.secrets.unseal(Scope::AtRest, PENDING_PURPOSE, &asked_by(caller), &sealed);
        let Some(key) = opened.ok().and_then(|key| String::from_utf8(key.to_vec()).ok()).map(Secret::new) else {
            return Ok(None);
        };
        Ok(self.step_of_key(&key, code)?.map(|step| (key, step)))
    }

    /// Puts a key in use with a change that holds the account; the code of this step is taken by that. The session in which it is
    /// done outlasts the app of before.
    pub(in crate::domain) async fn put_app(
        &self,
        change: &mut Change,
        (user_id, session): (Uuid, Option<SessionId>),
        key: &Secret,
        step: i64,
    ) -> Result<(), AuthError> {
        let context = UserId(user_id).to_string();
        let sealed = self.infra.secrets.seal(Scope::AtRest, PURPOSE, &context, &bytes_of(key)?);
        let found = two_factor::find(change, user_id).await?;
        let is_another = found.is_some_and(|found| found.totp_verified_at.is_some());
        two_factor::put_totp(change, user_id, sealed, step, change.now()).await?;
        let (kind, description) = match is_another {
            true => (FactorKind::AnotherApp, "Set up an authenticator app in the place of the one before"),
            false => (FactorKind::App, "Set up an authenticator app as the second factor"),
        };
        if is_another {
            self.void_proofs(change, user_id, &[Factor::Totp], session).await?;
        }
        self.tell_second_factor(change, user_id).await?;
        self.note(change, SecurityEvent::FactorAdded(kind), Some(user_id), None).await?;
        change.audit(AuditRecord::new(AuditAction::Create, "second_factor", description).on(user_id));
        Ok(())
    }

    /// Takes a code of the app in use, once.
    pub(in crate::domain) async fn take_totp(
        &self,
        change: &Change,
        user_id: Uuid,
        code: &Secret,
    ) -> Result<bool, AuthError> {
        let found = two_factor::find(change, user_id).await?;
        let Some(sealed) = found.and_then(|found| found.totp_secret_sealed) else { return Ok(false) };
        let Some(step) = self.step_of(user_id, &sealed, code)? else { return Ok(false) };
        Ok(two_factor::take_step(change, user_id, &sealed, step, change.now()).await?)
    }

    /// The time step that a code is of, when it is one of now.
    fn step_of(&self, user_id: Uuid, sealed: &str, code: &Secret) -> Result<Option<i64>, AuthError> {
        let opened = self.infra.secrets.unseal(Scope::AtRest, PURPOSE, &UserId(user_id).to_string(), sealed);
        self.step_in(&opened.map_err(defect)?, code)
    }

    /// The same for a key in Base32.
    pub(in crate::domain) fn step_of_key(&self, key: &Secret, code: &Secret) -> Result<Option<i64>, AuthError> {
        self.step_in(&bytes_of(key)?, code)
    }

    fn step_in(&self, key: &[u8], code: &Secret) -> Result<Option<i64>, AuthError> {
        let digits: String = code.expose().chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
        let now = u64::try_from(self.infra.clock.now().timestamp()).unwrap_or(0);
        let step = self.app(key, "")?.check(&digits, now);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    fn app(&self, key: &[u8], account: &str) -> Result<Totp, AuthError> {
        // A colon ends the issuer in what apps read.
        let plain = |text: &str| text.replace(':', " ");
        Builder::new()
            .with_secret(key.to_vec())
            .with_skew(SKEW)
            .with_issuer(Some(plain(&self.product_name)))
            .with_account_name(plain(account))
            .build()
            .map_err(defect)
    }
}

/// Who was shown a key: this session of this person.
fn asked_by(caller: &Caller) -> String {
    let session = caller.session_id().map(|session| session.to_string()).unwrap_or_default();
    format!("{} {session}", caller.user_id())
}

fn bytes_of(key: &Secret) -> Result<Zeroizing<Vec<u8>>, AuthError> {
    let key = totp_rs::Secret::try_from_base32(key.expose()).map_err(defect)?;
    Ok(Zeroizing::new(key.as_bytes().to_vec()))
}

fn defect(error: impl std::fmt::Display) -> AuthError {
    AuthError::Defect(format!("an authenticator app's key: {error}"))
}
