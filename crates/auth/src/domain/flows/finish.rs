//! The last step of a flow: a session that begins, or one that was renewed by a step-up.

use super::factor::{amr_of, words};
use super::led::Outcome;
use super::{Coded, Flow, Progress};
use crate::domain::Auth;
use crate::domain::attempts::Attempted;
use crate::domain::sessions::Grant;
use crate::error::AuthError;
use crate::store::identifiers::EMAIL;
use crate::store::login_attempts::LoginAttemptStatus;
use crate::store::{devices, identifiers, sessions, tokens};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::FlowPurpose;
use orion_contracts::claims::TRUSTED_DEVICE;
use orion_contracts::{Author, Email, Secret, SessionId, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use uuid::Uuid;

impl Auth {
    /// Does what the flow is for.
    pub(super) async fn finish(
        &self,
        change: &mut Change,
        flow: &Flow,
        roles: Vec<String>,
    ) -> Result<Progress, AuthError> {
        match flow.purpose() {
            FlowPurpose::SignIn => self.finish_sign_in(change, flow, roles).await,
            FlowPurpose::SignInCode => self.finish_with_code(change, flow).await,
            FlowPurpose::StepUp => self.finish_step_up(change, flow, roles).await,
        }
    }

    async fn finish_sign_in(
        &self,
        change: &mut Change,
        flow: &Flow,
        roles: Vec<String>,
    ) -> Result<Progress, AuthError> {
        let user_id = flow.user()?;
        let device = self.see_device(change, flow).await?;
        self.record_success(change, flow, &device).await?;
        let device = device.id;
        let amr = self.told_amr(change, flow).await?;
        let grant = self.start_session(change, user_id, roles, &amr, Some(device)).await?;
        let session_id = SessionId(grant.session.id);
        change.made_by(Author::user(UserId(user_id), Some(session_id)));
        change.audit(AuditRecord::new(AuditAction::Login, "session", words(flow.factors())).on(session_id));
        Ok(Progress::Done(Box::new(grant), Some(self.device_token(device))))
    }

    /// The session begins later, when a product brings the code.
    async fn finish_with_code(&self, change: &mut Change, flow: &Flow) -> Result<Progress, AuthError> {
        let user_id = flow.user()?;
        let device = self.see_device(change, flow).await?;
        self.record_success(change, flow, &device).await?;
        let device = device.id;
        let (to, code) = match self.back(flow)? {
            Some(back) => {
                let amr = self.told_amr(change, flow).await?;
                let of = (user_id, flow.row.sign_in_epoch);
                let code = self.make_code(change, of, &back.challenge, &amr, device).await?;
                (Some(back.with_code(&code)), Some(code))
            }
            None => (None, None),
        };
        change.made_by(Author::user(UserId(user_id), None));
        let description = format!("{} on the hosted page", words(flow.factors()));
        change.audit(AuditRecord::new(AuditAction::Login, "account", description).on(user_id));
        let outcome = Outcome { code, device };
        Ok(Progress::Coded(Coded { to, device_token: Some(self.device_token(device)), outcome }))
    }

    /// The methods of a sign-in that tokens name: also that a trusted device stood in for the second factor.
    async fn told_amr(&self, change: &Change, flow: &Flow) -> Result<Vec<&'static str>, AuthError> {
        let mut amr = amr_of(flow.factors());
        // Only a device that was named can be trusted.
        let may_trust = !flow.has_second_factor() && flow.row.device_id.is_some();
        if may_trust && !self.second_factors(change, flow.user()?).await?.is_empty() {
            amr.push(TRUSTED_DEVICE);
        }
        Ok(amr)
    }

    /// Records the attempt that succeeded, from this device.
    async fn record_success(&self, change: &mut Change, flow: &Flow, device: &devices::Model) -> Result<(), AuthError> {
        let user_id = flow.user()?;
        let is_odd = self.note_new_device(change, device).await? && self.was_beset(change, user_id).await?;
        let status = if is_odd { LoginAttemptStatus::Suspicious } else { LoginAttemptStatus::Success };
        let found = match &flow.known.email {
            Some(_) => None,
            None => self.address_of(change, user_id).await?,
        };
        if let Some(email) = flow.known.email.as_ref().or(found.as_ref()) {
            let attempted = Attempted { user_id: Some(user_id), method: method_of(flow), failure: None };
            self.record_attempt(change, &self.identifier_mac(email), status, attempted).await?;
        }
        Ok(())
    }

    /// The session goes on, with new tokens: who holds an older refresh token of it gains nothing by what was proven.
    async fn finish_step_up(
        &self,
        change: &mut Change,
        flow: &Flow,
        roles: Vec<String>,
    ) -> Result<Progress, AuthError> {
        let now = change.now();
        let held = sessions::lock(change, flow.row.session_id.unwrap_or(Uuid::nil())).await?;
        let mut session = held.filter(|session| session.is_alive(now)).ok_or(AuthError::FlowOver)?;
        session.amr = serde_json::Value::from(amr_of(flow.factors())).to_string();
        session.auth_time = now;
        session.idle_expires_at = self.idle_expiry(now, session.absolute_expires_at);
        sessions::renew(change, &session).await?;
        tokens::revoke_of_session(change, session.id, now).await?;
        let refresh_token = Secret::new(self.infra.random.token());
        let idle = session.idle_expires_at;
        self.insert_refresh_token(change, &session, &refresh_token, None, idle).await?;
        let session_id = SessionId(session.id);
        change.made_by(Author::user(UserId(session.user_id), Some(session_id)));
        let record = AuditRecord::new(AuditAction::Login, "session", "Proved once more who they are");
        change.audit(record.on(session_id));
        let taken_since = self.taken_since(&session);
        let grant = Grant { session, roles, refresh_token, refresh_expires_at: idle, taken_since };
        Ok(Progress::Done(Box::new(grant), None))
    }

    /// The address that a person signs in by.
    pub(in crate::domain) async fn address_of(
        &self,
        change: &Change,
        user_id: Uuid,
    ) -> Result<Option<Email>, AuthError> {
        let found = identifiers::find_of(change, user_id, EMAIL).await?;
        Ok(found.and_then(|found| found.value.parse().ok()))
    }
}

/// The way in as attempts tell it: `password`, or `password+totp`.
fn method_of(flow: &Flow) -> String {
    let proven = flow.factors().iter().filter(|factor| factor.is_first() || factor.is_second());
    proven.map(|factor| factor.name()).collect::<Vec<_>>().join("+")
}
