//! What every change inside an organisation goes through: locks, and what the caller may there at that moment. Roles are locked before the
//! organisation, and that before users.

use crate::domain::powers::Powers;
use crate::domain::roles::Hierarchy;
use crate::domain::{moments, ranks};
use crate::error::UsersError;
use crate::store;
use crate::store::organisation_members::{self as members, Reach, Spot};
use crate::store::{organisations, roles, users};
use chrono::{DateTime, Utc};
use orion_contracts::bus::BusMessage;
use orion_contracts::organisations::MOST_MEMBERSHIPS;
use orion_contracts::permissions::{Demand, OrganisationsDelete, Permission};
use orion_contracts::roles::ORGANISATION_OWNER;
use orion_contracts::users::{PermissionScope, UserStatus};
use orion_contracts::{FieldCode, OrganisationId, Problem, TeamId, UserId};
use orion_http::identity::{Bounds, Object};
use orion_http::{Caller, Freshness, Permitted};
use orion_infra::Change;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use uuid::Uuid;

/// An organisation and whoever is concerned, locked.
pub(super) struct Inside {
    pub(super) organisation: organisations::Model,
    pub(super) id: OrganisationId,
    /// The team that it is about.
    team: Option<TeamId>,
    /// Who else is concerned, in the order of their ids.
    pub(super) concerned: Vec<users::Model>,
    /// The highest level that the caller holds for it, or for the team that it is about. What they hold everywhere counts where they may do the same everywhere.
    pub(super) own_level: i64,
    reach: Reach,
    /// The caller with what they hold, and who really acts where somebody acts as them: what is not held by both gives nothing.
    givers: Vec<(UserId, Powers)>,
    known: Hierarchy,
    /// By which permission something is changed; none for what everybody may do for themselves.
    demanded: Option<Permission>,
}

/// Who is concerned beside the caller, and locked with them.
#[derive(Clone, Copy)]
pub(super) enum Concerned {
    /// Somebody, or nobody.
    One(Option<UserId>),
    /// All who hold roles for the team that the change is about.
    Holders,
}

/// Locks an organisation, the caller, and somebody else, and asks once more whether the caller holds the permission there: what let them
/// in was asked before the locks.
pub(super) async fn lock<P: Demand>(
    change: &Change,
    caller: &Permitted,
    id: OrganisationId,
    subject: Option<UserId>,
) -> Result<Inside, UsersError> {
    lock_on::<P>(change, caller, (id, None), Concerned::One(subject)).await
}

/// The same of a change that is about an organisation or one of its teams, for which the caller may hold the permission alone.
pub(super) async fn lock_on<P: Demand>(
    change: &Change,
    caller: &Permitted,
    spot: Spot,
    concerned: Concerned,
) -> Result<Inside, UsersError> {
    let mut inside = lock_all(change, caller, spot, concerned).await?;
    inside.demanded = Some(P::PERMISSION);
    ranks::still(change, caller, P::PERMISSION, &object(spot)).await?;
    if ranks::holds(change, caller, P::PERMISSION, &Object::PLATFORM).await? {
        inside.reach = Reach::Everywhere;
        inside.own_level = own_level(change, spot, &inside.givers, Reach::Everywhere).await?;
    }
    Ok(inside)
}

/// What is asked about.
pub(in crate::domain) fn object((organisation, team): Spot) -> Object {
    Object { team, ..Object::of(organisation) }
}

/// How high a member stands inside who is acted on: what they hold for a team protects them in all of the organisation.
pub(in crate::domain) async fn height(
    db: &impl ConnectionTrait,
    id: OrganisationId,
    member: UserId,
    now: DateTime<Utc>,
) -> Result<i64, UsersError> {
    let inside = members::level(db, (id, None), member, Reach::Inside, now).await?;
    Ok(inside.max(store::team_roles::level_inside(db, id, member, now).await?))
}

async fn own_level(change: &Change, spot: Spot, givers: &[(UserId, Powers)], reach: Reach) -> Result<i64, UsersError> {
    let (mut lowest, now) = (i64::MAX, moments::after_locks(change));
    for (giver, _) in givers {
        lowest = lowest.min(members::level(change, spot, *giver, reach, now).await?);
    }
    Ok(lowest)
}

/// The same for what everybody may do for themselves.
pub(super) async fn lock_unasked(
    change: &Change,
    caller: &Caller,
    id: OrganisationId,
    subject: Option<UserId>,
) -> Result<Inside, UsersError> {
    lock_all(change, caller, (id, None), Concerned::One(subject)).await
}

async fn lock_all(
    change: &Change,
    caller: &Caller,
    (id, team): Spot,
    concerned: Concerned,
) -> Result<Inside, UsersError> {
    let organisation = organisations::lock(change, id).await?.ok_or(UsersError::OrganisationNotFound)?;
    let own = caller.user_id();
    // Who holds something for a team does not change while the organisation is locked.
    let others: Vec<UserId> = match (concerned, team) {
        (Concerned::One(one), _) => one.into_iter().collect(),
        (Concerned::Holders, Some(team)) => store::team_roles::holders(change, team, change.now()).await?,
        (Concerned::Holders, None) => Vec::new(),
    };
    let mut ids = vec![own];
    ids.extend(&others);
    ids.sort_unstable();
    ids.dedup();
    let (mut actor, mut concerned) = (None, Vec::new());
    for locked in ids {
        let found = users::lock(change, locked).await?;
        if locked == own {
            actor.clone_from(&found);
        }
        if others.contains(&locked) {
            concerned.extend(found);
        }
    }
    let actor = actor.ok_or(UsersError::CallerNotActive)?;
    if actor.status()? != UserStatus::Active {
        return Err(UsersError::CallerNotActive);
    }
    let known = Hierarchy::read(change).await?;
    let bounds = Bounds::from(&*caller.claims);
    let mut givers = Vec::new();
    for giver in [Some(own), caller.claims.act.as_ref().map(|really| really.sub)].into_iter().flatten() {
        givers.push((giver, Powers::of(change, giver, bounds, &known).await?));
    }
    let reach = Reach::Inside;
    let own_level = own_level(change, (id, team), &givers, reach).await?;
    Ok(Inside { organisation, id, team, concerned, own_level, reach, givers, known, demanded: None })
}

impl Inside {
    /// The one who is concerned, if they are there.
    pub(super) fn subject(self) -> Option<users::Model> {
        self.concerned.into_iter().next()
    }

    /// Refuses to act on a member who stands above the caller. What they hold on the platform has no weight here; what they hold for
    /// a team protects them.
    pub(super) async fn refuse_below(&self, change: &Change, member: UserId) -> Result<(), UsersError> {
        let now = moments::after_locks(change);
        let theirs = match self.is_oneself(member) {
            // From others, and not from themselves.
            true => members::level(change, (self.id, None), member, Reach::Inside, now).await?,
            false => height(change, self.id, member, now).await?,
        };
        self.refuse_above(theirs)
    }

    /// Whether the caller is this member, and nobody acts as them.
    pub(super) fn is_oneself(&self, member: UserId) -> bool {
        matches!(&self.givers[..], [(caller, _)] if *caller == member)
    }

    /// Refuses to touch what stands above the caller.
    pub(super) fn refuse_above(&self, level: i64) -> Result<(), UsersError> {
        if level > self.own_level { Err(UsersError::UserAboveCaller) } else { Ok(()) }
    }

    /// Refuses to give a role inside until then; without an end, for good: whoever gives it holds all that it gives, and a role of its
    /// level, for as long, and changes it by a permission that they hold without a condition: by one with a condition nobody gives.
    pub(super) async fn refuse_beyond(
        &self,
        change: &Change,
        role: &roles::Model,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), UsersError> {
        for (giver, powers) in &self.givers {
            let by = self.demanded.map(|demanded| demanded.name.to_owned());
            powers.refuse_now(by.as_ref(), &object((self.id, self.team)))?;
            refuse_beyond(change, ((self.id, self.team), self.reach), *giver, (powers, &self.known), role, until)
                .await?;
        }
        Ok(())
    }

    /// Refuses to give, promise or take a role by which somebody could delete the organisation, unless whoever does it has just signed in,
    /// as who hands it over has: with a stolen session, or a key, it is not taken over.
    pub(super) fn demand_fresh(&self, role: &roles::Model, fresh: &Freshness) -> Result<(), UsersError> {
        let is_owners = self.known.effective(role.id).iter().any(|name| *name == OrganisationsDelete::PERMISSION.name);
        if is_owners { Ok(fresh.demand()?) } else { Ok(()) }
    }

    /// Whether the caller does it by what they hold everywhere.
    pub(super) fn is_of_platform(&self) -> bool {
        self.reach == Reach::Everywhere
    }

    /// The same of who removes an owner.
    pub(super) async fn demand_fresh_of(
        &self,
        change: &Change,
        member: UserId,
        fresh: &Freshness,
    ) -> Result<(), UsersError> {
        let owner = self.known.find(ORGANISATION_OWNER).ok_or(UsersError::RoleNotFound)?.id;
        match members::held_role(change, self.id, member, owner).await? {
            Some(_) => Ok(fresh.demand()?),
            None => Ok(()),
        }
    }

    /// Refuses to take the role of the owner from the last who holds it for good.
    pub(super) async fn keep_an_owner(&self, change: &Change, member: UserId) -> Result<(), UsersError> {
        let owner = self.known.find(ORGANISATION_OWNER).ok_or(UsersError::RoleNotFound)?.id;
        let held = members::held_role(change, self.id, member, owner).await?;
        if held.is_none_or(|held| held.expires_at.is_some()) {
            return Ok(());
        }
        match members::lasting_holders_beside(change, self.id, member, owner).await? {
            0 => Err(UsersError::LastOwner),
            _ => Ok(()),
        }
    }
}

/// The rule of [`Inside::refuse_beyond`], of whoever gives.
pub(super) async fn refuse_beyond(
    change: &Change,
    (spot, reach): (Spot, Reach),
    giver: UserId,
    (powers, known): (&Powers, &Hierarchy),
    role: &roles::Model,
    until: Option<DateTime<Utc>>,
) -> Result<(), UsersError> {
    use store::user_roles::Held;
    let now = moments::after_locks(change);
    match (members::held_level(change, spot, giver, role.level, reach, now).await?, until) {
        (Held::ForGood, _) => {}
        (Held::Until(end), Some(until)) if until <= end => {}
        (Held::Until(end), _) => return Err(UsersError::RoleBeyondCaller(end)),
        (Held::Never, _) => return Err(UsersError::RoleAboveCaller),
    }
    powers.refuse_beyond(known.effective(role.id), &object(spot), until)
}

/// Locks a role that is held inside organisations.
pub(super) async fn lock_role(change: &Change, name: &str) -> Result<roles::Model, UsersError> {
    let role = lock_any_role(change, name).await?;
    match role.scope.parse() {
        Ok(PermissionScope::Organisation) => Ok(role),
        Ok(PermissionScope::Team) => Err(UsersError::RoleOfTeam),
        Ok(PermissionScope::Global | PermissionScope::User) | Err(_) => Err(UsersError::NoRoleInside),
    }
}

/// Locks a role that is held in teams.
pub(super) async fn lock_team_role(change: &Change, name: &str) -> Result<roles::Model, UsersError> {
    let role = lock_any_role(change, name).await?;
    match role.scope.parse() {
        Ok(PermissionScope::Team) => Ok(role),
        Ok(PermissionScope::Organisation) => Err(team_fault(
            "is for roles of the scope team alone; this one is held for the organisation",
            FieldCode::Invalid,
        )),
        Ok(PermissionScope::Global | PermissionScope::User) | Err(_) => Err(UsersError::NoRoleInside),
    }
}

/// What is wrong with the team that is named, or is not.
pub(super) fn team_fault(message: &'static str, code: FieldCode) -> UsersError {
    UsersError::invalid("team_id", code, message)
}

async fn lock_any_role(change: &Change, name: &str) -> Result<roles::Model, UsersError> {
    let role = match orion_contracts::roles::is_role_name(name) {
        true => roles::lock(change, name).await?,
        false => None,
    };
    role.ok_or(UsersError::NoRoleInside)
}

/// Locks several, in the order of their names.
pub(super) async fn lock_roles(change: &Change, names: &[&str]) -> Result<Vec<roles::Model>, UsersError> {
    let mut locked = Vec::with_capacity(names.len());
    for name in names {
        locked.push(lock_role(change, name).await?);
    }
    Ok(locked)
}

/// Makes somebody a member, unless they are. Whether they were not.
pub(super) async fn join(
    change: &Change,
    organisation: OrganisationId,
    user: UserId,
    invited_by: Option<Uuid>,
) -> Result<bool, UsersError> {
    if members::find(change, organisation, user).await?.is_some() {
        return Ok(false);
    }
    if members::count_of(change, user).await? >= MOST_MEMBERSHIPS {
        return Err(UsersError::TooManyMemberships);
    }
    let joined_at = change.now();
    let member = members::Model { organisation_id: organisation.0, user_id: user.0, invited_by, joined_at };
    members::insert(change, member).await?;
    Ok(true)
}

/// Gives a role inside for good, unless it is held so.
pub(super) async fn grant_inside(
    change: &Change,
    organisation: OrganisationId,
    user: UserId,
    role: Uuid,
    by: UserId,
) -> Result<(), UsersError> {
    match members::held_role(change, organisation, user, role).await? {
        Some(held) if held.expires_at.is_none() => Ok(()),
        Some(held) => Ok(store::user_roles::set_expiry(change, held.id, None).await?),
        None => {
            let given = store::user_roles::Model {
                id: change.id(),
                user_id: user.0,
                role_id: role,
                organisation_id: Some(organisation.0),
                assigned_by: Some(by.0),
                assigned_at: change.now(),
                expires_at: None,
            };
            Ok(store::user_roles::insert(change, vec![given]).await?)
        }
    }
}

/// Counts a change of what a user holds, who is locked, and has every process drop what it knows of it.
pub(super) async fn changed(change: &mut Change, mut user: users::Model) -> Result<i64, UsersError> {
    user.grants_version += 1;
    let (user_id, version) = (UserId(user.id), user.grants_version);
    users::update(change, &user).await?;
    change.announce(BusMessage::GrantsChanged { user_id, version });
    Ok(version)
}

/// What the audit log keeps.
pub(super) fn audited(value: &impl Serialize) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(value).map_err(|error| {
        tracing::error!(%error, "what is of an organisation cannot be written as JSON");
        Problem::internal()
    })
}
