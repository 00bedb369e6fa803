//! Giving a user a permission by itself, and denying one: a denial wins over every grant. Nobody gives, denies or lifts what they do
//! not hold for as long as it lasts; and nobody gives themselves anything, for what is held by itself has no name by which a second factor
//! could be demanded, as of a role.

use super::powers::Powers;
use super::roles::Hierarchy;
use super::{Users, conditions, moments, organisations, ranks};
use crate::error::UsersError;
use crate::store;
use crate::store::direct_permissions::{Order, Place};
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::permissions::{Demand, RolesAssign};
use orion_contracts::users::{
    DirectPermission, DirectPermissionList, PermissionEffect, PutDirectPermission, UserStatus,
};
use orion_contracts::{OrganisationId, Problem, UserId};
use orion_http::Permitted;
use orion_http::identity::{Bounds, Object};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;

/// A user and a permission there, locked, of which the caller may change what is given or denied.
struct Subject {
    user: store::users::Model,
    place: Place,
    /// What stands there at the moment.
    before: Option<DirectPermission>,
    powers: Powers,
    super_admin: uuid::Uuid,
}

impl Users {
    /// What a user is given or denied by itself.
    pub(crate) async fn direct_permissions(&self, user: UserId) -> Result<DirectPermissionList, UsersError> {
        let db = self.infra.db.read();
        store::users::find(db, user).await?.ok_or(UsersError::UserNotFound)?;
        Ok(DirectPermissionList { items: store::direct_permissions::of_user(db, user).await? })
    }

    /// Gives or denies a permission; what stood there before goes.
    pub(crate) async fn put_direct_permission(
        &self,
        caller: &Permitted,
        user: UserId,
        permission: &str,
        key: &IdempotencyKey,
        request: &PutDirectPermission,
    ) -> Result<(), UsersError> {
        if let Some(end) = request.expires_at {
            moments::check_end(end, self.infra.clock.now())?;
        }
        conditions::check(request.condition.clone()).await?;
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let subject = lock(change, caller, user, permission, request.organisation_id).await?;
                let is_grant = request.effect == PermissionEffect::Grant;
                match is_grant {
                    true => organisations::refuse_stranger(change, request.organisation_id, user).await?,
                    false => organisations::refuse_unknown(change, request.organisation_id).await?,
                }
                if is_grant && subject.user.status()? == UserStatus::PendingVerification {
                    return Err(UsersError::NotVerified);
                }
                if is_grant && user == caller.user_id() {
                    return Err(UsersError::OwnPermission);
                }
                let is_same = |held: &DirectPermission| {
                    held.effect == request.effect
                        && held.expires_at == request.expires_at
                        && held.condition == request.condition
                };
                if subject.before.as_ref().is_some_and(is_same) {
                    change.unaudited("nothing changed; only the answer is kept");
                    return Ok(());
                }
                if request.condition.is_some() {
                    let makes_way = subject.before.as_ref().is_some_and(|held| held.condition.is_some());
                    conditions::refuse_too_many(change, user, usize::from(makes_way)).await?;
                }
                // Who has everything, and whom nobody could help, is denied nothing.
                let holds_all = store::user_roles::find(change, user, subject.super_admin).await?.is_some();
                if !is_grant && holds_all {
                    return Err(UsersError::SuperAdminDenied);
                }
                let after = DirectPermission {
                    permission: permission.to_owned(),
                    effect: request.effect,
                    organisation_id: request.organisation_id,
                    expires_at: request.expires_at,
                    condition: request.condition.clone(),
                    ordered_by: Some(caller.user_id()),
                    ordered_at: change.now(),
                };
                subject.refuse_beyond(change, permission, Some(&after))?;
                let (id, by) = (change.id(), caller.user_id());
                let condition = after.condition.clone();
                let order = Order { id, by, at: after.ordered_at, expires_at: after.expires_at, condition };
                store::direct_permissions::delete(change, user, subject.place).await?;
                store::direct_permissions::insert(change, user, subject.place, after.effect, order).await?;
                let (action, words) = match after.effect {
                    PermissionEffect::Grant => (AuditAction::PermissionGrant, "Gave the permission"),
                    PermissionEffect::Denial => (AuditAction::PermissionRevoke, "Denied the permission"),
                };
                let held = (subject.before.as_ref(), Some(&after));
                finish(change, subject.user, (action, format!("{words} {permission}")), held).await
            })
            .await
    }

    /// Takes away what a user is given or denied of a permission. Where nothing is, nothing changes.
    pub(crate) async fn delete_direct_permission(
        &self,
        caller: &Permitted,
        user: UserId,
        permission: &str,
        organisation: Option<OrganisationId>,
    ) -> Result<(), UsersError> {
        self.infra
            .write(&caller.caller, async |change| {
                let subject = lock(change, caller, user, permission, organisation).await?;
                let Some(before) = &subject.before else { return Ok(()) };
                subject.refuse_beyond(change, permission, None)?;
                store::direct_permissions::delete(change, user, subject.place).await?;
                let (action, words) = match before.effect {
                    PermissionEffect::Grant => (AuditAction::PermissionRevoke, "Took the permission away:"),
                    PermissionEffect::Denial => (AuditAction::PermissionGrant, "Lifted the denial of"),
                };
                let held = (Some(before), None);
                finish(change, subject.user, (action, format!("{words} {permission}")), held).await
            })
            .await
    }
}

impl Subject {
    /// Refuses unless the caller holds the permission for as long as what stands there and what comes last: to lift a denial is to
    /// give, and to put another thing in its place lifts it. Who gives assigns without a condition, as with roles.
    fn refuse_beyond(
        &self,
        change: &Change,
        permission: &str,
        after: Option<&DirectPermission>,
    ) -> Result<(), UsersError> {
        let is = |held: Option<&DirectPermission>, effect| held.is_some_and(|held| held.effect == effect);
        let before = self.before.as_ref();
        if is(after, PermissionEffect::Grant) || is(before, PermissionEffect::Denial) {
            let assigning = RolesAssign::PERMISSION.name.to_owned();
            self.powers.refuse_beyond([&assigning], &Object::PLATFORM, Some(moments::after_locks(change)))?;
        }
        let ends: Vec<Option<DateTime<Utc>>> =
            [before, after].into_iter().flatten().map(|held| held.expires_at).collect();
        let until = if ends.contains(&None) { None } else { ends.into_iter().flatten().max() };
        let object = Object { organisation: self.place.organisation, ..Object::PLATFORM };
        self.powers.refuse_beyond([&permission.to_owned()], &object, until)
    }
}

/// Locks the role super_admin, then caller and user, and reads what the caller holds: of two who take from each other the second one
/// does not hold it any more.
async fn lock(
    change: &Change,
    caller: &Permitted,
    user: UserId,
    permission: &str,
    organisation: Option<OrganisationId>,
) -> Result<Subject, UsersError> {
    let super_admin = ranks::lock_super_admin(change).await?;
    let ranks::Subject { user: model, .. } = ranks::lock(change, caller, user).await?;
    let known = Hierarchy::read(change).await?;
    let id = *known.permissions.get(permission).ok_or(UsersError::PermissionNotFound)?;
    let powers = Powers::of_caller(change, caller, Bounds::from(&*caller.claims), &known).await?;
    let is_it = |held: &DirectPermission| held.permission == permission && held.organisation_id == organisation;
    let before = store::direct_permissions::of_user(change, user).await?.into_iter().find(is_it);
    Ok(Subject { user: model, place: Place { permission: id, organisation }, before, powers, super_admin })
}

/// Counts, audits and announces the change of what is held, before and after.
async fn finish(
    change: &mut Change,
    mut user: store::users::Model,
    (action, words): (AuditAction, String),
    held: (Option<&DirectPermission>, Option<&DirectPermission>),
) -> Result<(), UsersError> {
    user.grants_version += 1;
    let (user_id, version) = (UserId(user.id), user.grants_version);
    store::users::update(change, &user).await?;
    let organisation = held.0.or(held.1).and_then(|held| held.organisation_id);
    let record = |words: String| AuditRecord::new(action.clone(), "user", words).on(user_id);
    let has_condition = [held.0, held.1].into_iter().flatten().any(|held| held.condition.is_some());
    if organisation.is_some() && has_condition {
        // Who reads the log of an organisation does not read there what the platform's conditions are: that is an entry of its own.
        let words = format!("{words}, with its condition");
        change.audit(record(words).values(audited(held.0)?, audited(held.1)?));
    }
    let (old, new) = match organisation {
        Some(_) => (held.0.map(untold), held.1.map(untold)),
        None => (held.0.cloned(), held.1.cloned()),
    };
    let record = record(words).for_organisation(organisation);
    change.audit(record.values(audited(old.as_ref())?, audited(new.as_ref())?));
    change.announce(BusMessage::GrantsChanged { user_id, version });
    Ok(())
}

/// What is held, saying that there is a condition and not which.
fn untold(held: &DirectPermission) -> DirectPermission {
    let condition = held.condition.as_ref().map(|_| "not told here".to_owned());
    DirectPermission { condition, ..held.clone() }
}

/// What the audit log keeps of it.
fn audited(held: Option<&DirectPermission>) -> Result<Option<serde_json::Value>, Problem> {
    held.map(serde_json::to_value).transpose().map_err(|error| {
        tracing::error!(%error, "a permission cannot be written as JSON");
        Problem::internal()
    })
}
