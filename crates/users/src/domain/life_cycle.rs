//! Where a user is in their life: suspended, deactivated, deleted and restored by an administrator, and erased when they were
//! deleted for long enough. What a deleted user is and signs in by stays until then, so that they come back as they were.

use super::ranks::{self, Subject};
use super::unverified::remove_from;
use super::{Users, audited, organisations};
use crate::error::UsersError;
use crate::store;
use crate::store::users::Model;
use chrono::{DateTime, Duration, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::email_changes::EmailChangeStatus;
use orion_contracts::events::UserStatusChanged;
use orion_contracts::users::{ChangeStatus, User, UserStatus};
use orion_contracts::{Author, FieldCode, UserId};
use orion_http::Permitted;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::versions::SeenVersions;
use serde::{Deserialize, Serialize};

/// How many deleted users are looked for at once.
const SLICE: u64 = 200;

/// The job that erases them, again and again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EraseDeleted {}

impl Users {
    /// Changes the status of a user whom the caller is not below; the user after it. The same status again changes nothing.
    pub(crate) async fn change_status(
        &self,
        caller: &Permitted,
        id: UserId,
        seen: &SeenVersions,
        request: &ChangeStatus,
    ) -> Result<User, UsersError> {
        let Ordered { to, allowed_from } = ordered(request.status)?;
        if id == caller.user_id() {
            return Err(UsersError::OwnStatus);
        }
        self.infra
            .write(&caller.caller, async |change| {
                let owner = match to {
                    UserStatus::Deleted => Some(organisations::lock_owner_role(change).await?),
                    _ => None,
                };
                let super_admin = ranks::lock_super_admin(change).await?;
                let owned = match owner {
                    Some(owner) => Some(organisations::lock_owned(change, id, owner).await?),
                    None => None,
                };
                let Subject { user: before, .. } = ranks::lock_person(change, caller, id).await?;
                seen.check(before.version)?;
                let from = before.status()?;
                if from == to {
                    return Ok(store::users::complete(change, before, change.now()).await?);
                }
                if !allowed_from.contains(&from) {
                    return Err(UsersError::NoWayTo { from, to });
                }
                if from == UserStatus::Active {
                    ranks::keep_a_super_admin(change, before.id, super_admin).await?;
                }
                if let Some(owned) = owned {
                    organisations::keep_owners(change, caller, id, &owned).await?;
                }
                if from == UserStatus::PendingVerification {
                    return erased_unverified(change, before, &request.reason).await;
                }
                let old = store::users::complete(change, before.clone(), change.now()).await?;
                let after = moved(before, to, &request.reason, change.now());
                store::users::update(change, &after).await?;
                if to != UserStatus::Active {
                    store::email_changes::end_of(change, id, EmailChangeStatus::Void, change.now()).await?;
                }
                let grants_version = after.grants_version;
                let user = after.with_roles(old.roles.clone())?;
                let (action, done) = told(to);
                let record = AuditRecord::new(action, "user", format!("{done}: {}", request.reason));
                change.audit(record.on(id).values(Some(audited(&old)?), Some(audited(&user)?)));
                change.tell(id.0, user.version, UserStatusChanged { user: (&user).into() });
                change.announce(BusMessage::GrantsChanged { user_id: id, version: grants_version });
                Ok(user)
            })
            .await
    }

    /// Erases those who were deleted long enough ago; how many. Who cannot be erased does not keep the others: it is told at the end.
    pub(crate) async fn erase_deleted(&self, is_stopped: impl Fn() -> bool) -> Result<u64, UsersError> {
        let before = self.infra.believed_now().await? - Duration::days(i64::from(self.config.get().erase_deleted_days));
        let (mut erased, mut after, mut failure) = (0, None, None);
        loop {
            let found = store::users::deleted(self.infra.db.read_aside(), before, after, SLICE).await?;
            let Some(last) = found.last() else { return failure.map_or(Ok(erased), Err) };
            after = last.deleted_at.map(|deleted_at| (deleted_at, UserId(last.id)));
            for user in found {
                if is_stopped() {
                    return Ok(erased);
                }
                match self.erase(UserId(user.id), before).await {
                    Ok(is_erased) => erased += u64::from(is_erased),
                    Err(error) => {
                        tracing::error!(user_id = %user.id, %error, "a deleted user cannot be erased");
                        failure = Some(error);
                    }
                }
            }
        }
    }

    /// Erases a user unless they were restored meanwhile; whether they were erased.
    async fn erase(&self, id: UserId, before: DateTime<Utc>) -> Result<bool, UsersError> {
        self.infra
            .write(Author::PLATFORM, async |change| {
                let user = store::users::lock(change, id).await?;
                let Some(user) = user.filter(|user| user.deleted_at.is_some_and(|at| at < before)) else {
                    return Ok(false);
                };
                remove_from(change, user, "Erased a user who was deleted long enough ago").await?;
                Ok(true)
            })
            .await
    }
}

/// A status that can be ordered, and from which ones.
struct Ordered {
    to: UserStatus,
    allowed_from: &'static [UserStatus],
}

/// Where a user may be sent, from where. Who never verified their address is nobody yet, so there is nothing to suspend or restore: only
/// deleting is left, which erases them at once. Whoever really has the address finds it free.
fn ordered(to: UserStatus) -> Result<Ordered, UsersError> {
    use UserStatus::{Active, Deleted, Inactive, PendingVerification, Suspended};
    let allowed_from: &[UserStatus] = match to {
        Active => &[Inactive, Suspended, Deleted],
        Inactive => &[Active, Suspended],
        Suspended => &[Active, Inactive],
        Deleted => &[Active, Inactive, Suspended, PendingVerification],
        PendingVerification => {
            let message = "must be active, inactive, suspended or deleted";
            return Err(UsersError::invalid("status", FieldCode::NotOneOf, message));
        }
    };
    Ok(Ordered { to, allowed_from })
}

/// The user as they were last, erased.
async fn erased_unverified(change: &mut Change, user: Model, reason: &str) -> Result<User, UsersError> {
    let last = store::users::complete(change, user.clone(), change.now()).await?;
    let description = format!("Deleted a user who had not verified their address: {reason}");
    let removed = remove_from(change, user, description).await?;
    let deleted_at = Some(change.now());
    Ok(User { status: UserStatus::Deleted, deleted_at, version: removed.version, roles: Vec::new(), ..last })
}

fn moved(before: Model, to: UserStatus, reason: &str, now: DateTime<Utc>) -> Model {
    Model {
        status: to.as_str().to_owned(),
        status_reason: (to != UserStatus::Active).then(|| reason.to_owned()),
        deleted_at: (to == UserStatus::Deleted).then_some(now),
        version: before.version + 1,
        grants_version: before.grants_version + 1,
        updated_at: now,
        ..before
    }
}

/// What the audit log says of a status that was come to.
fn told(to: UserStatus) -> (AuditAction, &'static str) {
    match to {
        UserStatus::Active | UserStatus::PendingVerification => (AuditAction::AccountReactivate, "Reactivated"),
        UserStatus::Inactive => (AuditAction::Update, "Deactivated"),
        UserStatus::Suspended => (AuditAction::AccountSuspend, "Suspended"),
        UserStatus::Deleted => (AuditAction::Delete, "Deleted"),
    }
}
