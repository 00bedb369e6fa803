//! Giving roles and taking them away. Nobody gives what they do not hold for as long (`giving.rs`), or acts above themselves; what
//! is taken goes by its level, for it gives nobody anything. And somebody always holds super_admin.

use super::giving::{self, Giver};
use super::{Users, moments, ranks};
use crate::error::UsersError;
use crate::store;
use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::UserRoleChanged;
use orion_contracts::roles::{SUPER_ADMIN, is_role_name};
use orion_contracts::users::{AssignRole, HeldRoleList, PermissionScope, UserStatus};
use orion_http::Permitted;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use serde_json::json;

/// A role and a user, locked, whose combination the caller may change.
struct Subject {
    role: store::roles::Model,
    user: store::users::Model,
    /// How the user holds the role at the moment.
    held: Option<store::user_roles::Model>,
}

impl Users {
    /// The roles that a user holds.
    pub(crate) async fn held_roles(&self, user: UserId) -> Result<HeldRoleList, UsersError> {
        let db = self.infra.db.read();
        store::users::find(db, user).await?.ok_or(UsersError::UserNotFound)?;
        Ok(HeldRoleList { items: store::user_roles::of_user(db, user).await? })
    }

    /// Gives a role, or changes until when it is held.
    pub(crate) async fn assign_role(
        &self,
        caller: &Permitted,
        user: UserId,
        role: &str,
        key: &IdempotencyKey,
        request: &AssignRole,
    ) -> Result<(), UsersError> {
        check(request, self.infra.clock.now())?;
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let subject = lock(change, caller, user, role).await?;
                if subject.user.status()? == UserStatus::PendingVerification {
                    return Err(UsersError::NotVerified);
                }
                let before = subject.held.as_ref().map(|held| json!({ "role": role, "expires_at": held.expires_at }));
                if subject.held.as_ref().is_some_and(|held| held.expires_at == request.expires_at) {
                    change.unaudited("nothing changed; only the answer is kept");
                    return Ok(());
                }
                let giver = Giver::caller(change, caller).await?;
                giver.refuse_beyond(change, &subject.role, request.expires_at).await?;
                if role == SUPER_ADMIN && giving::is_denied_something(change, user).await? {
                    return Err(UsersError::SuperAdminDenied);
                }
                match &subject.held {
                    Some(held) => {
                        if request.expires_at.is_some() {
                            keep_one(change, &subject).await?;
                        }
                        store::user_roles::set_expiry(change, held.id, request.expires_at).await?;
                    }
                    None => {
                        let given = store::user_roles::Model {
                            id: change.id(),
                            user_id: user.0,
                            role_id: subject.role.id,
                            organisation_id: None,
                            assigned_by: Some(caller.user_id().0),
                            assigned_at: change.now(),
                            expires_at: request.expires_at,
                        };
                        store::user_roles::insert(change, vec![given]).await?;
                    }
                }
                let after = json!({ "role": role, "expires_at": request.expires_at });
                let record = AuditRecord::new(AuditAction::RoleAssign, "user", format!("Gave the role {role}"));
                finish(change, subject.user, record.values(before, Some(after))).await
            })
            .await
    }

    /// Takes a role away. Taking one that is not held changes nothing.
    pub(crate) async fn revoke_role(&self, caller: &Permitted, user: UserId, role: &str) -> Result<(), UsersError> {
        self.infra
            .write(&caller.caller, async |change| {
                let subject = lock(change, caller, user, role).await?;
                let Some(held) = &subject.held else { return Ok(()) };
                keep_one(change, &subject).await?;
                store::user_roles::delete(change, held.id).await?;
                let before = json!({ "role": role, "expires_at": held.expires_at });
                let record = AuditRecord::new(AuditAction::RoleRevoke, "user", format!("Took the role {role} away"));
                finish(change, subject.user, record.values(Some(before), None)).await
            })
            .await
    }
}

/// Locks role and users, and checks the levels: of two who take each other's role, the second one no longer has theirs.
async fn lock(change: &Change, caller: &Permitted, user: UserId, role: &str) -> Result<Subject, UsersError> {
    if !is_role_name(role) {
        return Err(UsersError::RoleNotFound);
    }
    let role = store::roles::lock(change, role).await?.ok_or(UsersError::RoleNotFound)?;
    if role.scope != PermissionScope::Global.as_str() {
        return Err(UsersError::RoleInsideOnly);
    }
    let ranks::Subject { user, own_level } = ranks::lock(change, caller, user).await?;
    if role.level > own_level {
        return Err(UsersError::RoleAboveCaller);
    }
    let held = store::user_roles::find(change, UserId(user.id), role.id).await?;
    Ok(Subject { role, user, held })
}

/// Counts, audits and tells the change.
async fn finish(change: &mut Change, mut user: store::users::Model, record: AuditRecord) -> Result<(), UsersError> {
    user.version += 1;
    user.grants_version += 1;
    user.updated_at = change.now();
    let version = user.grants_version;
    store::users::update(change, &user).await?;
    let is_person = !user.is_service_account;
    let user = store::users::complete(change, user, change.now()).await?;
    change.audit(record.on(user.id));
    // Others know people; of a program they would make somebody who signs in.
    if is_person {
        change.tell(user.id.0, user.version, UserRoleChanged { user: (&user).into() });
    }
    change.announce(BusMessage::GrantsChanged { user_id: user.id, version });
    Ok(())
}

/// Refuses to take super_admin from the last who holds it for good. The role is locked.
async fn keep_one(change: &Change, subject: &Subject) -> Result<(), UsersError> {
    match subject.role.name == SUPER_ADMIN {
        true => ranks::keep_a_super_admin(change, subject.user.id, subject.role.id).await,
        false => Ok(()),
    }
}

fn check(request: &AssignRole, now: DateTime<Utc>) -> Result<(), UsersError> {
    request.expires_at.map_or(Ok(()), |end| moments::check_end(end, now))
}
