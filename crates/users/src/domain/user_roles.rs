//! Giving roles and taking them away. Nobody reaches above themselves, and somebody always holds super_admin.

use super::{SUPER_ADMIN, Users, facts};
use crate::error::UsersError;
use crate::store;
use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_contracts::audit::AuditAction;
use orion_contracts::events::EventBody;
use orion_contracts::users::{AssignRole, UserStatus};
use orion_http::Caller;
use orion_infra::Transaction;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::{self, IdempotencyKey};
use serde_json::json;
use uuid::Uuid;

/// A role and a user, locked, whose combination the caller may change.
struct Change {
    role: store::roles::Model,
    user: store::users::Model,
    /// How the user holds the role at the moment.
    held: Option<store::user_roles::Model>,
}

impl Users {
    /// Gives a role, or changes until when it is held.
    pub(crate) async fn assign_role(
        &self,
        caller: &Caller,
        user: UserId,
        role: &str,
        key: Option<IdempotencyKey>,
        request: &AssignRole,
    ) -> Result<(), UsersError> {
        let now = self.infra.clock.now();
        check(request, now)?;
        let txn = self.infra.db.begin().await?;
        if idempotency::replay::<()>(&txn, key.as_ref()).await?.is_some() {
            return Ok(());
        }
        let change = self.change(&txn, caller, user, role, now).await?;
        if change.user.status()? == UserStatus::PendingVerification {
            return Err(UsersError::NotVerified);
        }
        let connection = txn.connection();
        let before = change.held.as_ref().map(|held| json!({ "role": role, "expires_at": held.expires_at }));
        match &change.held {
            Some(held) if held.expires_at == request.expires_at => return Ok(()),
            Some(held) => {
                if request.expires_at.is_some() {
                    keep_a_super_admin(&txn, &change).await?;
                }
                store::user_roles::set_expiry(connection, held.id, request.expires_at).await?;
            }
            None => {
                let given = store::user_roles::Model {
                    id: self.infra.random.id(&self.infra.clock),
                    user_id: user.0,
                    role_id: change.role.id,
                    organisation_id: None,
                    assigned_by: Some(caller.user_id().0),
                    assigned_at: now,
                    expires_at: request.expires_at,
                };
                store::user_roles::insert(connection, vec![given]).await?;
            }
        }
        let after = json!({ "role": role, "expires_at": request.expires_at });
        let record = AuditRecord::new(AuditAction::RoleAssign, "user", format!("Gave the role {role}"))
            .values(before, Some(after));
        idempotency::remember(&txn, key.as_ref(), &(), now).await?;
        self.finish(txn, caller, change.user, record, now).await
    }

    /// Takes a role away. Taking one that is not held changes nothing.
    pub(crate) async fn revoke_role(&self, caller: &Caller, user: UserId, role: &str) -> Result<(), UsersError> {
        let now = self.infra.clock.now();
        let txn = self.infra.db.begin().await?;
        let change = self.change(&txn, caller, user, role, now).await?;
        let Some(held) = &change.held else { return Ok(()) };
        keep_a_super_admin(&txn, &change).await?;
        store::user_roles::delete(txn.connection(), held.id).await?;
        let before = json!({ "role": role, "expires_at": held.expires_at });
        let record = AuditRecord::new(AuditAction::RoleRevoke, "user", format!("Took the role {role} away"))
            .values(Some(before), None);
        self.finish(txn, caller, change.user, record, now).await
    }

    /// Locks role and user and checks the levels. They are read here, under the lock, and not taken from the cache that
    /// let the caller in: of two who take each other's role, the second one no longer has theirs.
    async fn change(
        &self,
        txn: &Transaction,
        caller: &Caller,
        user: UserId,
        role: &str,
        now: DateTime<Utc>,
    ) -> Result<Change, UsersError> {
        let connection = txn.connection();
        if !is_role_name(role) {
            return Err(UsersError::RoleNotFound);
        }
        let role = store::roles::lock(connection, role).await?.ok_or(UsersError::RoleNotFound)?;
        let own = store::user_roles::level(connection, caller.user_id(), now).await?;
        if role.level > own {
            return Err(UsersError::RoleAboveCaller);
        }
        let user = store::users::lock(connection, user).await?.ok_or(UsersError::UserNotFound)?;
        if store::user_roles::level(connection, UserId(user.id), now).await? > own {
            return Err(UsersError::UserAboveCaller);
        }
        let held = store::user_roles::find(connection, UserId(user.id), role.id).await?;
        Ok(Change { role, user, held })
    }

    /// Counts, audits and tells the change, and makes it durable.
    async fn finish(
        &self,
        txn: Transaction,
        caller: &Caller,
        mut user: store::users::Model,
        record: AuditRecord,
        now: DateTime<Utc>,
    ) -> Result<(), UsersError> {
        user.version += 1;
        user.grants_version += 1;
        user.updated_at = now;
        let grants_version = user.grants_version;
        store::users::update(txn.connection(), &user).await?;
        let user = store::users::complete(txn.connection(), user, now).await?;
        self.infra.audit.record(&txn, caller.sign(record).on(user.id)).await?;
        let event = EventBody::UserRoleChanged { user: facts(&user) };
        self.infra.events.record(&txn, user.id.0, user.version, event).await?;
        txn.commit().await?;
        self.announce_grants(user.id, grants_version).await;
        Ok(())
    }
}

fn check(request: &AssignRole, now: DateTime<Utc>) -> Result<(), UsersError> {
    if request.organisation_id.is_some() {
        return Err(UsersError::Invalid { field: "organisation_id", message: "names no organisation" });
    }
    match request.expires_at {
        Some(expires_at) if expires_at <= now => {
            Err(UsersError::Invalid { field: "expires_at", message: "must be in the future" })
        }
        _ => Ok(()),
    }
}

/// Names of roles are lower-case words; anything else is not looked up.
fn is_role_name(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
}

/// Refuses when nobody but this user holds super_admin for good. The role's row is locked, so that two cannot be taken
/// at once.
async fn keep_a_super_admin(txn: &Transaction, change: &Change) -> Result<(), UsersError> {
    let lasting = change.held.as_ref().is_some_and(|held| held.expires_at.is_none());
    if change.role.name != SUPER_ADMIN || !lasting {
        return Ok(());
    }
    let (user, role): (UserId, Uuid) = (UserId(change.user.id), change.role.id);
    match store::user_roles::lasting_holders_beside(txn.connection(), user, role).await? {
        0 => Err(UsersError::LastSuperAdmin),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::is_role_name;

    #[test]
    fn only_words_are_looked_up_as_role_names() {
        assert!(is_role_name("super_admin") && is_role_name("support-2"));
        for bad in ["", "Admin", "a b", "a\0", "a%", &"a".repeat(101)] {
            assert!(!is_role_name(bad), "{bad:?}");
        }
    }
}
