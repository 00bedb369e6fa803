//! Verifying e-mail addresses.

use super::{DEFAULT_ROLE, GUEST, Users, audited, facts};
use crate::error::UsersError;
use crate::store;
use orion_contracts::UserId;
use orion_contracts::audit::AuditAction;
use orion_contracts::events::EventBody;
use orion_contracts::users::{User, UserStatus};
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::token_hash;

const REFUSED: UsersError = UsersError::Invalid { field: "token", message: "is unknown, expired or used already" };

impl Users {
    /// Verifies the address that the token was sent to; the user after it. The same token again, within its life, gives
    /// the same answer: the caller may not have heard the first one.
    pub(crate) async fn verify_email(&self, token: &str) -> Result<User, UsersError> {
        let now = self.infra.clock.now();
        let hash = token_hash(token);
        let txn = self.infra.db.begin().await?;
        let connection = txn.connection();
        let found = store::email_verifications::find(connection, &hash).await?.ok_or(REFUSED)?;
        let before = store::users::lock(connection, UserId(found.user_id)).await?.ok_or(REFUSED)?;
        // Read again: whoever held the user's row may have used or voided it meanwhile.
        let verification = store::email_verifications::find(connection, &hash).await?.ok_or(REFUSED)?;
        if verification.expires_at <= now || verification.email != before.email {
            return Err(REFUSED);
        }
        if verification.used_at.is_some() {
            return match before.email_verified_at {
                Some(_) => Ok(store::users::complete(connection, before, now).await?),
                None => Err(REFUSED),
            };
        }
        store::email_verifications::mark_used(connection, verification.id, now).await?;
        let mut after = before.clone();
        after.email_verified_at = Some(now);
        // Verification ends waiting; it does not end a suspension.
        if before.status()? == UserStatus::PendingVerification {
            after.status = UserStatus::Active.as_str().to_owned();
        }
        (after.version, after.grants_version, after.updated_at) = (before.version + 1, before.grants_version + 1, now);
        let old = store::users::complete(connection, before, now).await?;
        store::users::update(connection, &after).await?;
        store::user_roles::delete_by_name(connection, old.id, GUEST).await?;
        if !old.roles.iter().any(|role| role == DEFAULT_ROLE) {
            self.give_roles(&txn, old.id, &[DEFAULT_ROLE], now).await?;
        }
        let grants_version = after.grants_version;
        let user = store::users::complete(connection, after, now).await?;
        let record = AuditRecord::new(AuditAction::AccountVerify, "user", "Verified their e-mail address")
            .by(user.id, None)
            .on(user.id)
            .values(Some(audited(&old)?), Some(audited(&user)?));
        self.infra.audit.record(&txn, record).await?;
        let event = EventBody::UserVerified { user: facts(&user) };
        self.infra.events.record(&txn, user.id.0, user.version, event).await?;
        txn.commit().await?;
        self.announce_grants(user.id, grants_version).await;
        Ok(user)
    }
}
