//! Who stands above whom: nobody acts on somebody who holds a role above their own.

use super::roles::Hierarchy;
use super::{Users, moments};
use crate::error::UsersError;
use crate::store;
use crate::store::users::Model;
use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_contracts::permissions::Permission;
use orion_contracts::roles::SUPER_ADMIN;
use orion_contracts::users::{Grants, Standing, UserStatus};
use orion_http::identity::{Access, Object};
use orion_http::{Caller, Permitted};
use orion_infra::Change;
use sea_orm::ConnectionTrait;
use std::sync::Arc;
use uuid::Uuid;

/// A user on whom the caller may act; both are locked.
pub(super) struct Subject {
    pub(super) user: Model,
    /// The highest level that the caller holds.
    pub(super) own_level: i64,
}

/// Locks the caller and a user, and refuses to act on somebody above, or without what the endpoint demands. What both are and hold is
/// read here, under the lock, and not taken from the cache that let the caller in: of two who act on each other, the second one may
/// not any more.
pub(super) async fn lock(change: &Change, caller: &Permitted, id: UserId) -> Result<Subject, UsersError> {
    lock_for(change, caller, caller.demanded, id).await
}

/// The same for a verb that takes another permission than the endpoint demands of everybody.
pub(super) async fn lock_for(
    change: &Change,
    caller: &Permitted,
    permission: Permission,
    id: UserId,
) -> Result<Subject, UsersError> {
    let subject = lock_both(change, caller, id).await?;
    still(change, caller, permission, &Object::about(id)).await?;
    Ok(subject)
}

async fn lock_both(change: &Change, caller: &Caller, id: UserId) -> Result<Subject, UsersError> {
    let own_id = caller.user_id();
    // The smaller id first, whoever acts on whom: two who act on each other wait, and neither for ever.
    let (mut actor, mut user) = (None, None);
    let ids = if own_id.0 <= id.0 { [own_id, id] } else { [id, own_id] };
    for locked in ids {
        let found = store::users::lock(change, locked).await?;
        if locked == own_id {
            actor.clone_from(&found);
        }
        if locked == id {
            user = found;
        }
    }
    let actor = actor.ok_or(UsersError::CallerNotActive)?;
    if actor.status()? != UserStatus::Active {
        return Err(UsersError::CallerNotActive);
    }
    let user = user.ok_or(UsersError::UserNotFound)?;
    let (now, own_level) = (moments::after_locks(change), level(change, caller).await?);
    // What somebody holds under a condition, or for their own things, protects them from others, and not from themselves.
    let theirs = match id == own_id {
        true => store::user_roles::level(change, id, now).await?,
        false => height(change, id, now).await?,
    };
    if theirs > own_level {
        return Err(UsersError::UserAboveCaller);
    }
    Ok(Subject { user, own_level })
}

/// How high somebody stands who is acted on: a role protects them also while its condition does not hold, for it may hold a moment
/// later, and where it gives them power over nobody, as one for their own things does.
pub(super) async fn height(db: &impl ConnectionTrait, id: UserId, now: DateTime<Utc>) -> Result<i64, UsersError> {
    let certain = store::user_roles::level(db, id, now).await?;
    let conditional = store::conditional_roles::level(db, id, now).await?;
    Ok(certain.max(conditional).max(store::narrow_roles::level(db, id, now).await?))
}

/// How high the caller stands, by what they hold without a condition. Who acts as somebody else stands no higher than they do themselves.
pub(super) async fn level(change: &Change, caller: &Caller) -> Result<i64, UsersError> {
    let now = moments::after_locks(change);
    let own = store::user_roles::level(change, caller.user_id(), now).await?;
    match &caller.claims.act {
        Some(really) => Ok(own.min(store::user_roles::level(change, really.sub, now).await?)),
        None => Ok(own),
    }
}

/// Refuses unless the caller, who is locked, holds a permission for an object by what they hold now, and whoever acts as them too.
pub(super) async fn still(
    change: &Change,
    caller: &Permitted,
    permission: Permission,
    object: &Object,
) -> Result<(), UsersError> {
    Ok(caller.still(permission, &again(change, caller).await?, object)?)
}

/// Whether they do, where nothing is refused to who does not: it is no decision of its own, and not logged.
pub(super) async fn holds(
    change: &Change,
    caller: &Permitted,
    permission: Permission,
    object: &Object,
) -> Result<bool, UsersError> {
    Ok(again(change, caller).await?.decide(permission, object).is_allowed())
}

async fn again(change: &Change, caller: &Permitted) -> Result<Access, UsersError> {
    let own = grants(change, caller.user_id()).await?;
    let actor = match &caller.claims.act {
        Some(really) => Some(grants(change, really.sub).await?),
        None => None,
    };
    let roles = Hierarchy::read(change).await?.catalogue().into();
    Ok(caller.access.again(own, actor, &roles, moments::after_locks(change)))
}

async fn grants(change: &Change, id: UserId) -> Result<Arc<Grants>, UsersError> {
    let found = store::user_permissions::grants(change, id).await?;
    found.map(Arc::new).ok_or(UsersError::CallerNotActive)
}

/// The same of a person: service accounts have a life of their own.
pub(super) async fn lock_person(change: &Change, caller: &Permitted, id: UserId) -> Result<Subject, UsersError> {
    let subject = lock(change, caller, id).await?;
    match subject.user.is_service_account {
        true => Err(UsersError::UserNotFound),
        false => Ok(subject),
    }
}

impl Users {
    /// Where somebody stands, as an other one sees it. Of whom nothing is known here, as after this database alone was restored, no role is
    /// either, so they stand above nobody: whoever may end sessions ends theirs.
    pub(crate) async fn standing(&self, subject: UserId, actor: UserId) -> Result<Standing, UsersError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        let theirs = height(db, subject, now).await?;
        Ok(Standing { is_above: theirs > store::user_roles::level(db, actor, now).await? })
    }
}

/// Locks the caller, who acts on nobody or on what is theirs, and refuses who may not act any more, or holds no more for it what the
/// endpoint demands.
pub(super) async fn lock_caller(change: &Change, caller: &Permitted, object: &Object) -> Result<Model, UsersError> {
    let actor = store::users::lock(change, caller.user_id()).await?.ok_or(UsersError::CallerNotActive)?;
    if actor.status()? != UserStatus::Active {
        return Err(UsersError::CallerNotActive);
    }
    still(change, caller, caller.demanded, object).await?;
    Ok(actor)
}

/// The same of a caller who changes what is their own.
pub(super) async fn lock_own(change: &Change, caller: &Permitted) -> Result<Model, UsersError> {
    lock_caller(change, caller, &Object::about(caller.user_id())).await
}

/// Locks the role that somebody must always hold. It comes before the users, whoever takes it from whom.
pub(super) async fn lock_super_admin(change: &Change) -> Result<Uuid, UsersError> {
    Ok(store::roles::lock(change, SUPER_ADMIN).await?.ok_or(UsersError::RoleNotFound)?.id)
}

/// Refuses to take the role super_admin, which is locked, from the last active user who holds it for good.
pub(super) async fn keep_a_super_admin(change: &Change, user: Uuid, role: Uuid) -> Result<(), UsersError> {
    let held = store::user_roles::find(change, UserId(user), role).await?;
    if held.is_none_or(|held| held.expires_at.is_some()) {
        return Ok(());
    }
    match store::user_roles::lasting_holders_beside(change, UserId(user), role).await? {
        0 => Err(UsersError::LastSuperAdmin),
        _ => Ok(()),
    }
}
