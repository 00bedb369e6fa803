//! Verifying e-mail addresses.

use super::invitations::accept;
use super::{Users, audited, profile};
use crate::error::UsersError;
use crate::store;
use crate::store::users::Model;
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::UserVerified;
use orion_contracts::roles::{GUEST, USER};
use orion_contracts::users::{ConsumeVerification, User, UserStatus};
use orion_contracts::{Author, FieldCode, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::token_hash;
use uuid::Uuid;

fn refused() -> UsersError {
    UsersError::invalid("token", FieldCode::Invalid, "is unknown, expired or used already")
}

impl Users {
    /// Verifies the address that the token was sent to; the user after it. The same token again, within its life, or
    /// another one of the user's, gives the same answer: the caller may not have heard the first one.
    pub(crate) async fn verify_email(&self, order: &ConsumeVerification) -> Result<User, UsersError> {
        let hash = token_hash(order.token.expose());
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                let now = change.now();
                let found = store::email_verifications::find(change, &hash).await?.ok_or_else(refused)?;
                let before = store::users::lock(change, UserId(found.user_id)).await?.ok_or_else(refused)?;
                // Read again: whoever held the user's row may have used it meanwhile.
                let verification = store::email_verifications::find(change, &hash).await?.ok_or_else(refused)?;
                if verification.expires_at <= now || verification.email != before.email {
                    return Err(refused());
                }
                if before.email_verified_at.is_some() {
                    return Ok(store::users::complete(change, before, now).await?);
                }
                if verification.used_at.is_some() {
                    return Err(refused());
                }
                store::email_verifications::mark_used(change, verification.id, now).await?;
                self.verified(change, before, order.by_another, verification.id).await
            })
            .await
    }

    /// The user whose address was verified.
    async fn verified(
        &self,
        change: &mut Change,
        before: Model,
        by_another: bool,
        link: Uuid,
    ) -> Result<User, UsersError> {
        let now = change.now();
        let mut after = before.clone();
        let invitation = store::invitations::find(change, UserId(before.id)).await?;
        // What an administrator wrote of them is no stranger's.
        if by_another && invitation.is_none() {
            (after.display_name, after.locale) = (None, profile::DEFAULT_LOCALE.to_owned());
        }
        after.email_verified_at = Some(now);
        // Verification ends waiting; it does not end a suspension.
        if before.status()? == UserStatus::PendingVerification {
            after.status = UserStatus::Active.as_str().to_owned();
        }
        (after.version, after.grants_version, after.updated_at) = (before.version + 1, before.grants_version + 1, now);
        let old = store::users::complete(change, before, now).await?;
        store::users::update(change, &after).await?;
        store::user_roles::delete_by_name(change, old.id, GUEST).await?;
        if !old.roles.iter().any(|role| role == USER) {
            self.give_roles(change, old.id, &[USER]).await?;
        }
        if let Some(invitation) = invitation {
            accept(change, invitation, link).await?;
        }
        let version = after.grants_version;
        let user = store::users::complete(change, after, now).await?;
        change.made_by(Author::user(user.id, None));
        let record = AuditRecord::new(AuditAction::AccountVerify, "user", "Verified their e-mail address");
        change.audit(record.on(user.id).values(Some(audited(&old)?), Some(audited(&user)?)));
        change.tell(user.id.0, user.version, UserVerified { user: (&user).into() });
        change.announce(BusMessage::GrantsChanged { user_id: user.id, version });
        Ok(user)
    }
}
