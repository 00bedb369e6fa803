//! What somebody may give: nobody gives what they do not hold, or for longer than they hold it.

use super::moments;
use super::roles::Hierarchy;
use crate::error::UsersError;
use crate::store;
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::UserId;
use orion_contracts::permissions::{ALL, Permission};
use orion_http::Caller;
use orion_http::identity::{Access, Bounds, Decision, Object, Refusal, Scope};
use orion_infra::Change;
use sea_orm::ConnectionTrait;
use std::sync::Arc;

/// What somebody holds, read in a change, by the same resolver that enforces.
pub(super) struct Powers(Access);

impl From<Access> for Powers {
    fn from(certain: Access) -> Self {
        Self(certain)
    }
}

impl Powers {
    /// Reads what somebody holds, within bounds. Conditions are not asked: what has one is not certain, and nobody's to give.
    pub(super) async fn of(change: &Change, id: UserId, bounds: Bounds, known: &Hierarchy) -> Result<Self, UsersError> {
        Self::at(change, moments::after_locks(change), id, bounds, known).await
    }

    /// The same, read by who changes nothing.
    pub(super) async fn at(
        db: &impl ConnectionTrait,
        now: DateTime<Utc>,
        id: UserId,
        bounds: Bounds,
        known: &Hierarchy,
    ) -> Result<Self, UsersError> {
        let grants = store::user_permissions::grants(db, id).await?;
        let grants = grants.ok_or(UsersError::CallerNotActive)?;
        let roles = known.catalogue().into();
        Ok(Self(Access::of(Arc::new(grants), &roles, bounds, now)))
    }

    /// The same of a caller, who is locked, so that nobody takes it from them meanwhile: as far as their credential goes, and nothing
    /// that whoever acts as them does not hold themselves.
    pub(super) async fn of_caller(
        change: &Change,
        caller: &Caller,
        bounds: Bounds,
        known: &Hierarchy,
    ) -> Result<Self, UsersError> {
        let Self(own) = Self::of(change, caller.user_id(), bounds, known).await?;
        let Some(really) = &caller.claims.act else { return Ok(Self(own)) };
        let Self(actor) = Self::of(change, really.sub, bounds, known).await?;
        Ok(Self(own.by(actor)))
    }

    /// Refuses unless the caller holds all of these on the object until then; without an end, for good.
    pub(super) fn refuse_beyond<'a>(
        &self,
        permissions: impl IntoIterator<Item = &'a String>,
        object: &Object,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), UsersError> {
        // What ends at that moment is held until then: the last moment before it is asked about.
        let last = until.map_or(DateTime::<Utc>::MAX_UTC, |end| end - TimeDelta::microseconds(1));
        let then = self.0.at(last);
        refuse([&self.0, &then], permissions, object)
    }

    /// Refuses unless they hold all of these on the object at this moment, for however long.
    pub(super) fn refuse_now<'a>(
        &self,
        permissions: impl IntoIterator<Item = &'a String>,
        object: &Object,
    ) -> Result<(), UsersError> {
        refuse([&self.0], permissions, object)
    }

    /// Those that they hold nowhere at this moment that counts for the object: also what is for one's own things alone, or for a team, counts.
    pub(super) fn lacks_now<'a>(
        &self,
        permissions: impl IntoIterator<Item = &'a String>,
        object: &Object,
    ) -> Vec<String> {
        let counts = |name: &str| {
            let known = ALL.iter().find(|permission| permission.name == name);
            known.is_some_and(|known| match self.0.decide(*known, object) {
                Decision::Allowed(_) => true,
                Decision::Refused(why) => matches!(why, Refusal::OtherTeam | Refusal::NotOwn),
            })
        };
        permissions.into_iter().filter(|name| !counts(name)).cloned().collect()
    }
}

/// Refuses unless all of these are held on the object at each of these moments.
fn refuse<'a, const N: usize>(
    held: [&Access; N],
    permissions: impl IntoIterator<Item = &'a String>,
    object: &Object,
) -> Result<(), UsersError> {
    // What is given everywhere is held everywhere: with a denial for one organisation it is not.
    let holds_at = |access: &Access, known: Permission| match object.organisation {
        Some(_) => access.decide(known, object).is_allowed(),
        None => access.scope(known) == Scope::Everything,
    };
    let holds = |name: &str| {
        // One that this version does not know is nobody's to give.
        let known = ALL.iter().find(|permission| permission.name == name);
        known.is_some_and(|known| held.iter().all(|access| holds_at(access, *known)))
    };
    let beyond: Vec<String> = permissions.into_iter().filter(|name| !holds(name)).cloned().collect();
    match beyond.is_empty() {
        true => Ok(()),
        false => Err(UsersError::BeyondCaller(beyond)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::roles::tests::hierarchy;
    use super::*;
    use orion_contracts::permissions::{AuditRead, Demand, UsersImpersonate, UsersRead};
    use orion_contracts::users::{Grants, PermissionGrant};
    use uuid::Uuid;

    /// Somebody who holds these by themselves, for good.
    fn holder(permissions: &[Permission]) -> Access {
        let held = |permission: &Permission| PermissionGrant {
            permission: permission.name.to_owned(),
            organisation_id: None,
            expires_at: None,
            condition: None,
        };
        let grants = Grants {
            organisations: Vec::new(),
            user_id: UserId(Uuid::nil()),
            version: 1,
            active: true,
            roles: Vec::new(),
            permissions: permissions.iter().map(held).collect(),
            denials: Vec::new(),
            conditional: Vec::new(),
            conditional_roles: Vec::new(),
            narrow_roles: Vec::new(),
        };
        let roles = hierarchy([]).catalogue().into();
        Access::of(Arc::new(grants), &roles, Bounds::default(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn nobody_gives_as_somebody_else_what_they_do_not_hold_themselves() {
        let (read, audit) = (UsersRead::PERMISSION, AuditRead::PERMISSION);
        let may = |powers: &Powers, permission: Permission| {
            powers.refuse_beyond([&permission.name.to_owned()], &Object::PLATFORM, None).is_ok()
        };
        let own = || holder(&[read, audit]);
        assert!(may(&Powers(own()), read) && may(&Powers(own()), audit));
        let acting = Powers(own().by(holder(&[read, UsersImpersonate::PERMISSION])));
        assert!(may(&acting, read) && !may(&acting, audit));
        let no_more = Powers(own().by(holder(&[read, audit])));
        assert!(!may(&no_more, read) && !may(&no_more, audit));
    }
}
