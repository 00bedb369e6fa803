//! Who may give a role. One rule for all ways in which roles are given: assigned, promised with an invitation, and given when somebody
//! who was promised them comes.

use super::moments;
use super::powers::Powers;
use super::roles::Hierarchy;
use crate::error::UsersError;
use crate::store;
use crate::store::roles::Model;
use crate::store::user_roles::Held;
use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_contracts::permissions::{Demand, RolesAssign};
use orion_contracts::users::{PermissionEffect, UserStatus};
use orion_http::Caller;
use orion_http::identity::{Bounds, Object};
use orion_infra::Change;

/// Somebody who gives roles, with what they hold.
pub(super) struct Giver {
    /// They, and whoever acts as them.
    ids: Vec<UserId>,
    known: Hierarchy,
    powers: Powers,
}

impl Giver {
    /// The caller, who is locked, as far as their credential goes.
    pub(super) async fn caller(change: &Change, caller: &Caller) -> Result<Self, UsersError> {
        let known = Hierarchy::read(change).await?;
        let powers = Powers::of_caller(change, caller, Bounds::from(&*caller.claims), &known).await?;
        Ok(Self { ids: givers(caller).collect(), known, powers })
    }

    /// Somebody who has promised a role. Nobody holds them: of what is taken from them at this moment the promise may have been kept
    /// just before.
    pub(super) async fn promised(change: &Change, id: UserId) -> Result<Self, UsersError> {
        let known = Hierarchy::read(change).await?;
        let powers = Powers::of(change, id, Bounds::default(), &known).await?;
        Ok(Self { ids: vec![id], known, powers })
    }

    /// Refuses to give a role until then; without an end, for good. They hold all that it gives and a role of at least its level for
    /// as long, and they assign roles.
    pub(super) async fn refuse_beyond(
        &self,
        change: &Change,
        role: &Model,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), UsersError> {
        refuse_above(change, self.ids.iter().copied(), role.level, until).await?;
        let assigning = RolesAssign::PERMISSION.name.to_owned();
        self.powers.refuse_beyond([&assigning], &Object::PLATFORM, Some(moments::after_locks(change)))?;
        self.powers.refuse_beyond(self.known.effective(role.id), &Object::PLATFORM, until)
    }
}

/// Who gives what a caller gives: they, and whoever acts as them.
pub(super) fn givers(caller: &Caller) -> impl Iterator<Item = UserId> {
    std::iter::once(caller.user_id()).chain(caller.claims.act.as_ref().map(|really| really.sub))
}

/// Refuses what is given at a level for longer than each of its givers holds a role of at least that level: what is held for a time
/// would else be given for good, to oneself or by a second account.
pub(super) async fn refuse_above(
    change: &Change,
    givers: impl Iterator<Item = UserId>,
    level: i64,
    until: Option<DateTime<Utc>>,
) -> Result<(), UsersError> {
    for giver in givers {
        match (store::user_roles::held(change, giver, level, moments::after_locks(change)).await?, until) {
            (Held::ForGood, _) => {}
            (Held::Until(end), Some(until)) if until <= end => {}
            (Held::Until(end), _) => return Err(UsersError::RoleBeyondCaller(end)),
            (Held::Never, _) => return Err(UsersError::RoleAboveCaller),
        }
    }
    Ok(())
}

/// Those of the roles that somebody could give for good now: promises are kept as far as who made them is still active and could still
/// make them.
pub(super) async fn could_give(change: &Change, giver: UserId, roles: Vec<Model>) -> Result<Vec<Model>, UsersError> {
    let found = store::users::find(change, giver).await?;
    let is_active = found.as_ref().map(store::users::Model::status).transpose()? == Some(UserStatus::Active);
    if !is_active || roles.is_empty() {
        return Ok(Vec::new());
    }
    let giver = Giver::promised(change, giver).await?;
    let mut given = Vec::new();
    for role in roles {
        match giver.refuse_beyond(change, &role, None).await {
            Ok(()) => given.push(role),
            Err(UsersError::RoleAboveCaller | UsersError::RoleBeyondCaller(_) | UsersError::BeyondCaller(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(given)
}

/// Whether anything is denied to a user, now or once more by a clock that is set back.
pub(super) async fn is_denied_something(change: &Change, user: UserId) -> Result<bool, UsersError> {
    Ok(store::direct_permissions::all(change, user).await?.any(|(effect, _)| effect == PermissionEffect::Denial))
}

#[cfg(test)]
mod tests {
    use super::super::registration::blank;
    use super::*;
    use crate::MIGRATIONS;
    use orion_contracts::users::PermissionScope;
    use orion_contracts::{Author, Email, ServiceName};
    use orion_infra::Infra;
    use std::time::Duration;

    #[tokio::test]
    async fn what_ends_while_a_change_waits_for_its_locks_is_nobodys_to_give() {
        let test = Infra::for_test(ServiceName::Users, MIGRATIONS).await;
        let gave = test.infra.write(Author::PLATFORM, async |change| {
            change.unaudited("a test");
            let now = change.now();
            let user = blank(change.id(), &Email::stored("ada@example.com".to_owned()), "en", now);
            store::users::insert(change, &user).await?;
            let role = Model {
                id: change.id(),
                name: "desk".to_owned(),
                display_name: "Desk".to_owned(),
                description: None,
                kind: store::roles::CUSTOM.to_owned(),
                scope: PermissionScope::Global.as_str().to_owned(),
                level: 30,
                parent_id: None,
                organisation_id: None,
                is_active: true,
                version: 1,
                created_at: now,
                updated_at: now,
            };
            let end = now + chrono::Duration::seconds(3);
            let held = store::user_roles::Model {
                id: change.id(),
                user_id: user.id,
                role_id: role.id,
                organisation_id: None,
                assigned_by: None,
                assigned_at: now,
                expires_at: Some(end),
            };
            store::roles::insert(change, vec![role]).await?;
            store::user_roles::insert(change, vec![held]).await?;
            let before = refuse_above(change, std::iter::once(UserId(user.id)), 30, Some(end)).await;
            test.clock.advance(Duration::from_secs(5));
            let after = refuse_above(change, std::iter::once(UserId(user.id)), 30, Some(end)).await;
            Ok::<_, UsersError>((before, after))
        });
        let (before, after) = gave.await.expect("a change");
        assert!(before.is_ok(), "{before:?}");
        assert!(matches!(after, Err(UsersError::RoleAboveCaller)), "{after:?}");
    }
}
