//! Second factors: what an account has, and how it is set up, used and taken away.

mod backup_codes;
mod totp;

use super::Auth;
use super::security_events::SecurityEvent;
use crate::error::AuthError;
use crate::store::{accounts, backup_codes as codes, two_factor};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{FlowMethod, TwoFactorStatus};
use orion_contracts::{Author, UserId};
use orion_infra::audit::AuditRecord;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Who takes a second factor away.
pub(crate) enum Remover<'a> {
    /// The person.
    Owner,
    /// An administrator, for this reason.
    Administrator(&'a str),
}

impl Auth {
    /// By what a sign-in of this account can go on as a second step; by nothing, when it has no second factor.
    pub(super) async fn second_factors(
        &self,
        connection: &impl ConnectionTrait,
        user_id: Uuid,
    ) -> Result<Vec<FlowMethod>, AuthError> {
        let found = two_factor::find(connection, user_id).await?;
        if found.is_none_or(|found| found.totp_verified_at.is_none()) {
            return Ok(Vec::new());
        }
        let mut methods = vec![FlowMethod::Totp];
        if codes::count_unused(connection, user_id).await? > 0 {
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
        Ok(TwoFactorStatus {
            enabled: totp_since.is_some(),
            required: self.demands_second_factor(&account)?,
            totp_since,
            backup_codes_left: codes::count_unused(db, id.0).await?,
            backup_codes_since: found.as_ref().and_then(|found| found.backup_codes_at),
            last_used_at: found.and_then(|found| found.last_used_at),
        })
    }

    /// Takes all second factors of an account away. Its owner cannot where a role demands one; an administrator can, and the
    /// next sign-in then asks to set up another one first.
    pub(crate) async fn remove_second_factors(
        &self,
        author: impl Into<Author>,
        id: UserId,
        by: Remover<'_>,
    ) -> Result<(), AuthError> {
        self.infra
            .write(author, async |change| {
                let account = accounts::lock(change, id.0).await?.ok_or(AuthError::UserNotFound)?;
                if matches!(by, Remover::Owner) && self.demands_second_factor(&account)? {
                    return Err(AuthError::SecondFactorDemanded);
                }
                let had_one = two_factor::delete(change, id.0).await?;
                codes::delete_of(change, id.0).await?;
                if !had_one {
                    change.unaudited("there was nothing to take away");
                    return Ok(());
                }
                self.note(change, SecurityEvent::FactorRemoved, Some(id.0), None).await?;
                let description = match by {
                    Remover::Owner => "Turned the second factor off".to_owned(),
                    Remover::Administrator(reason) => format!("Took the second factor of a user away: {reason}"),
                };
                change.audit(AuditRecord::new(AuditAction::Delete, "second_factor", description).on(id));
                Ok(())
            })
            .await
    }
}
