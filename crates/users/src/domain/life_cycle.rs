//! Where a user is in their life: suspended, deactivated, deleted and restored by an administrator, and erased when they were
//! deleted for long enough. What a deleted user is and signs in by stays until then, so that they come back as they were.

use super::ranks::{self, Subject};
use super::unverified::remove_from;
use super::{Users, audited};
use crate::error::UsersError;
use crate::store;
use crate::store::users::Model;
use chrono::{DateTime, Duration, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::UserStatusChanged;
use orion_contracts::users::{ChangeStatus, User, UserStatus};
use orion_contracts::{Author, FieldCode, UserId};
use orion_http::Caller;
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
        caller: &Caller,
        id: UserId,
        seen: &SeenVersions,
        request: &ChangeStatus,
    ) -> Result<User, UsersError> {
        if request.status == UserStatus::PendingVerification {
            return Err(UsersError::invalid(
                "status",
                FieldCode::NotOneOf,
                "must be active, inactive, suspended or deleted",
            ));
        }
        if id == caller.user_id() {
            return Err(UsersError::OwnStatus);
        }
        self.infra
            .write(caller, async |change| {
                let super_admin = ranks::lock_super_admin(change).await?;
                let Subject { user: before, .. } = ranks::lock(change, caller, id).await?;
                seen.check(before.version)?;
                let (from, to) = (before.status()?, reached(&before, request.status));
                let old = store::users::complete(change, before.clone(), change.now()).await?;
                if from == to {
                    return Ok(old);
                }
                if from == UserStatus::Active {
                    ranks::keep_a_super_admin(change, before.id, super_admin).await?;
                }
                let after = moved(before, to, &request.reason, change.now());
                store::users::update(change, &after).await?;
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

    /// Erases those who were deleted long enough ago; how many.
    pub(crate) async fn erase_deleted(&self, is_stopped: impl Fn() -> bool) -> Result<u64, UsersError> {
        let before = self.infra.believed_now().await? - Duration::days(i64::from(self.config.get().erase_deleted_days));
        let mut erased = 0;
        loop {
            let found = store::users::deleted(self.infra.db.read_aside(), before, SLICE).await?;
            let mut in_slice = 0;
            for user in found {
                if is_stopped() {
                    return Ok(erased + in_slice);
                }
                in_slice += u64::from(self.erase(UserId(user.id), before).await?);
            }
            if in_slice == 0 {
                return Ok(erased);
            }
            erased += in_slice;
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

/// The status that a user comes to by an order: who never verified their address waits for that again.
fn reached(user: &Model, ordered: UserStatus) -> UserStatus {
    match ordered {
        UserStatus::Active if user.email_verified_at.is_none() => UserStatus::PendingVerification,
        ordered => ordered,
    }
}

fn moved(before: Model, to: UserStatus, reason: &str, now: DateTime<Utc>) -> Model {
    let may_act = matches!(to, UserStatus::Active | UserStatus::PendingVerification);
    Model {
        status: to.as_str().to_owned(),
        status_reason: (!may_act).then(|| reason.to_owned()),
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
