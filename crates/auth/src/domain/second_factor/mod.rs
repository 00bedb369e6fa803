//! Second factors: what an account has, and how it is set up, used and taken away.

mod backup_codes;
mod totp;

pub(super) use backup_codes::MadeCodes;

use super::flows::{Factor, amr_with, rests_on};
use super::security_events::{FactorKind, SecurityEvent};
use super::{Auth, Subject};
use crate::error::AuthError;
use crate::store::{accounts, backup_codes as codes, credentials, devices, passkeys, sessions, two_factor};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{FlowMethod, TwoFactorStatus};
use orion_contracts::events::{SecondFactorChanged, SessionEnd};
use orion_contracts::{SessionId, UserId};
use orion_http::Caller;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use sea_orm::ConnectionTrait;
use std::time::Duration;
use uuid::Uuid;

const HOUR: Duration = Duration::from_secs(3600);
/// How often somebody sends codes of an app that is to be set up, and how often backup codes are made for them, in an [`HOUR`].
const OF_ONE_USER: u64 = 20;

impl Auth {
    /// By what a sign-in of this account can go on as a second step; by nothing, when it has no second factor.
    pub(super) async fn second_factors(
        &self,
        connection: &impl ConnectionTrait,
        user_id: Uuid,
    ) -> Result<Vec<FlowMethod>, AuthError> {
        let found = two_factor::find(connection, user_id).await?;
        let mut methods = Vec::new();
        if found.is_some_and(|found| found.totp_verified_at.is_some()) {
            methods.push(FlowMethod::Totp);
        }
        if passkeys::count_of(connection, user_id).await? > 0 {
            methods.push(FlowMethod::Passkey);
        }
        if !methods.is_empty() && codes::count_unused(connection, user_id).await? > 0 {
            methods.push(FlowMethod::BackupCode);
        }
        Ok(methods)
    }

    /// What an account has.
    pub(crate) async fn two_factor_of(&self, id: UserId) -> Result<TwoFactorStatus, AuthError> {
        let db = self.infra.db.read();
        let account = accounts::find(db, id.0).await?.ok_or(AuthError::UserNotFound)?;
        let found = two_factor::find(db, id.0).await?;
        let totp_since = found.as_ref().and_then(|found| found.totp_verified_at);
        let passkeys = passkeys::count_of(db, id.0).await?;
        let credential = credentials::find(db, id.0).await?;
        Ok(TwoFactorStatus {
            has_password: credential.is_some(),
            password_change_ordered: credential.is_some_and(|credential| credential.must_change),
            enabled: totp_since.is_some() || passkeys > 0,
            required: self.demands_second_factor(&account)?,
            totp_since,
            passkeys,
            backup_codes_left: codes::count_unused(db, id.0).await?,
            backup_codes_since: found.as_ref().and_then(|found| found.backup_codes_at),
            last_used_at: found.as_ref().and_then(|found| found.last_used_at),
            last_used_by: found.and_then(|found| found.last_used_method?.parse().ok()),
        })
    }

    /// Refuses a session that has ended since its token was looked at, or has not proven the second factor of an account that has
    /// one: whoever knows the password alone, or has its session from before there was a factor, must not change what is asked of
    /// them; and who was signed out by the account's owner leaves nothing behind by a call that was under way.
    pub(super) async fn demand_proven_session(
        &self,
        connection: &impl ConnectionTrait,
        caller: &Caller,
    ) -> Result<(), AuthError> {
        let user_id = caller.user_id().0;
        let sid = caller.session_id().map_or(Uuid::nil(), |sid| sid.0);
        let session = sessions::find(connection, sid).await?.filter(|session| session.user_id == user_id);
        let session =
            session.filter(|session| session.is_alive(self.infra.clock.now())).ok_or(AuthError::SessionOver)?;
        if self.second_factors(connection, user_id).await?.is_empty() {
            return Ok(());
        }
        // A token of before a step-up gains nothing by it.
        let is_of_now = |session: &sessions::Model| session.auth_time.timestamp() == caller.claims.auth_time;
        match is_of_now(&session) && session.has_two_factors() {
            true => Ok(()),
            false => Err(AuthError::SecondFactorUnproven),
        }
    }

    /// Notes that the caller's session has proven a factor by setting it up.
    pub(super) async fn note_second_proof(
        &self,
        change: &Change,
        caller: &Caller,
        factor: Factor,
    ) -> Result<(), AuthError> {
        let sid = caller.session_id().map_or(Uuid::nil(), |sid| sid.0);
        if let Some(session) = sessions::find(change, sid).await?.filter(|session| !session.has_two_factors()) {
            let methods = amr_with(session.methods(), factor);
            sessions::put_methods(change, sid, &serde_json::Value::from(methods).to_string()).await?;
        }
        Ok(())
    }

    /// Takes the authenticator app of the caller away, unless a role demands it and there is no passkey.
    pub(crate) async fn remove_totp(&self, caller: &Caller) -> Result<(), AuthError> {
        let id = caller.user_id();
        self.infra
            .write(caller, async |change| {
                let account = accounts::lock(change, id.0).await?.ok_or(AuthError::UserNotFound)?;
                self.demand_proven_session(change, caller).await?;
                let had_one = two_factor::delete_totp(change, id.0, change.now()).await?;
                if !had_one {
                    change.unaudited("there was nothing to take away");
                    return Ok(());
                }
                self.removed_factor(change, caller, &account, FactorKind::App).await?;
                let description = "Turned the authenticator app off";
                change.audit(AuditRecord::new(AuditAction::Delete, "second_factor", description).on(id));
                Ok(())
            })
            .await
    }

    /// What follows when an account has one factor less: it is refused where it was the last one that a role demands, and
    /// backup codes that stand in for nothing go too.
    pub(super) async fn removed_factor(
        &self,
        change: &mut Change,
        caller: &Caller,
        account: &accounts::Model,
        kind: FactorKind,
    ) -> Result<(), AuthError> {
        let user_id = account.user_id;
        let mut gone = vec![if kind == FactorKind::Passkey { Factor::Passkey } else { Factor::Totp }];
        if self.second_factors(change, user_id).await?.is_empty() {
            if self.demands_second_factor(account)? {
                return Err(AuthError::SecondFactorDemanded);
            }
            two_factor::delete(change, user_id).await?;
            codes::delete_of(change, user_id).await?;
            gone.push(Factor::BackupCode);
        }
        self.void_proofs(change, user_id, &gone, caller.session_id()).await?;
        self.tell_second_factor(change, user_id).await?;
        self.note(change, SecurityEvent::FactorRemoved(kind), Some(user_id), None).await
    }

    /// Tells whether a sign-in asks for a second factor, after factors came or went.
    pub(super) async fn tell_second_factor(&self, change: &mut Change, user_id: Uuid) -> Result<(), AuthError> {
        let is_enabled = !self.second_factors(change, user_id).await?.is_empty();
        change.tell(user_id, 1, SecondFactorChanged { user_id: UserId(user_id), is_enabled });
        Ok(())
    }

    /// Voids what was proven by factors that go, or that others take the place of: whoever has them may have trusted a device
    /// with them, be on the way in, or be in. Of the sessions that rest on them one is kept, in which this is done.
    pub(super) async fn void_proofs(
        &self,
        change: &mut Change,
        user_id: Uuid,
        gone: &[Factor],
        kept: Option<SessionId>,
    ) -> Result<(), AuthError> {
        self.void_trust(change, user_id).await?;
        let mut ended = 0_u32;
        for session in self.lock_open(change, UserId(user_id)).await? {
            if Some(SessionId(session.id)) != kept && rests_on(&session.methods(), gone) {
                self.end_session(change, &session, SessionEnd::Revoked).await?;
                ended += 1;
            }
        }
        if ended > 0 {
            let description = "Ended the other sessions that were proven by a factor like the one that is void";
            change.audit(AuditRecord::new(AuditAction::Logout, "account", description).on(user_id));
        }
        Ok(())
    }

    /// Distrusts all devices, and lets all who are on the way in begin again.
    async fn void_trust(&self, change: &Change, user_id: Uuid) -> Result<(), AuthError> {
        devices::distrust_all(change, user_id).await?;
        Ok(accounts::begin_epoch(change, user_id).await?)
    }

    /// Takes all second factors of an account away, by an administrator, and ends its sessions: they tell of factors that are lost,
    /// or were somebody else's. Where a role demands one, the next sign-in asks to set up another one first.
    pub(crate) async fn reset_second_factors(&self, subject: Subject<'_>, reason: &str) -> Result<(), AuthError> {
        let id = subject.user_id();
        self.infra
            .write(subject.caller(), async |change| {
                accounts::lock(change, id.0).await?.ok_or(AuthError::UserNotFound)?;
                if !self.forget_factors(change, id.0).await? {
                    change.unaudited("there was nothing to take away");
                    return Ok(());
                }
                self.end_all_sessions(change, id).await?;
                self.note(change, SecurityEvent::FactorRemoved(FactorKind::All), Some(id.0), None).await?;
                let description = format!("Took the second factors of a user away: {reason}");
                change.audit(AuditRecord::new(AuditAction::Delete, "second_factor", description).on(id));
                Ok(())
            })
            .await
    }

    /// Forgets all second factors of an account, passkeys too; whether there were some. Its sessions are the caller's to end.
    pub(super) async fn forget_factors(&self, change: &mut Change, user_id: Uuid) -> Result<bool, AuthError> {
        let had_passkeys = passkeys::delete_of(change, user_id).await?;
        codes::delete_of(change, user_id).await?;
        self.void_trust(change, user_id).await?;
        let had_some = two_factor::delete(change, user_id).await? || had_passkeys;
        if had_some {
            self.tell_second_factor(change, user_id).await?;
        }
        Ok(had_some)
    }
}
