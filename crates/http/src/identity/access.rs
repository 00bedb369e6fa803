//! What a caller may do at one moment, on what, and why. Denied unless something grants it.

use super::grants::{KnownRole, Roles};
use chrono::{DateTime, Utc};
use orion_contracts::permissions::{ALL, PermissionSet};
use orion_contracts::users::{Grants, PermissionGrant, Role, RoleCatalogue, User};
use orion_contracts::{AccessClaims, OrganisationId, Permission, RoleId};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// What a permission is asked for: something that belongs to an organisation, or to none, as the platform itself does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Object {
    /// Whose it is.
    pub organisation: Option<OrganisationId>,
}

impl Object {
    /// The platform as a whole.
    pub const PLATFORM: Self = Self { organisation: None };

    /// Something of an organisation.
    pub const fn of(organisation: OrganisationId) -> Self {
        Self { organisation: Some(organisation) }
    }
}

/// Users belong to no organisation yet.
impl From<&User> for Object {
    fn from(_: &User) -> Self {
        Self::PLATFORM
    }
}

/// On what a permission is held: what a list may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// On everything.
    Everything,
    /// On what belongs to these organisations; on nothing, when there are none.
    Organisations(BTreeSet<OrganisationId>),
}

/// Whether something is allowed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// By this.
    Allowed(Grant),
    /// For this reason.
    Refused(Refusal),
}

/// What gives a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// A role.
    Role {
        /// Which.
        id: RoleId,
        /// Its name.
        name: String,
    },
    /// A grant of the permission alone.
    Direct,
}

/// One thing that a subject has and that bears on a permission: a role that gives it, a grant of it, or a denial.
#[derive(Debug, Clone, Copy)]
pub struct Bearing<'a> {
    /// The role; none for what is given or denied by itself.
    pub role: Option<&'a Role>,
    /// Whether it denies, where it is in force.
    pub denies: bool,
    /// Only for this organisation.
    pub organisation: Option<OrganisationId>,
    /// Until then.
    pub expires_at: Option<DateTime<Utc>>,
    /// What becomes of it.
    pub state: BearingState,
}

/// What becomes of a thing that bears on a permission, for an object at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BearingState {
    /// It gives the permission.
    Holds,
    /// It denies it.
    Denies,
    /// It has ended.
    Expired,
    /// It is for an organisation to which the object does not belong, or for which the caller does not act.
    Elsewhere,
}

/// Why a permission does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Whoever may not sign in holds nothing.
    Inactive,
    /// The credential is limited to less than its owner may do.
    BeyondCeiling,
    /// It is denied by itself, and a denial wins over every grant.
    Denied,
    /// It is held in an organisation, and what is asked for belongs to another, or to none.
    Elsewhere,
    /// Nothing gives it.
    NotHeld,
}

impl Decision {
    /// Whether it is allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

/// For the person who asked.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed(Grant::Role { name, .. }) => write!(f, "The role {name} gives it."),
            Self::Allowed(Grant::Direct) => f.write_str("It was given by itself."),
            Self::Refused(Refusal::Inactive) => f.write_str("The account may not do anything at the moment."),
            Self::Refused(Refusal::BeyondCeiling) => f.write_str("The token is limited to less than that."),
            Self::Refused(Refusal::Denied) => f.write_str("It is denied to you, whatever else gives it."),
            Self::Refused(Refusal::Elsewhere) => {
                f.write_str("You hold it for an organisation, and this is none of its.")
            }
            Self::Refused(Refusal::NotHeld) => f.write_str("No role of yours gives it."),
        }
    }
}

/// A caller's grants, resolved at one moment, and the bounds that their credential has.
pub struct Access {
    grants: Arc<Grants>,
    roles: Arc<Roles>,
    /// The organisation for which the caller acts: what is held for others is as if it were not.
    organisation: Option<OrganisationId>,
    /// What the credential is limited to; none, to nothing.
    ceiling: Option<PermissionSet>,
    now: DateTime<Utc>,
}

/// All roles as the resolver holds them. Cloning shares them.
#[derive(Clone)]
pub struct KnownRoles(Arc<Roles>);

impl From<RoleCatalogue> for KnownRoles {
    fn from(catalogue: RoleCatalogue) -> Self {
        Self(Arc::new(catalogue.roles.into_iter().map(|role| (role.id, KnownRole::new(role))).collect()))
    }
}

/// How far a caller's own grants reach: not beyond what their credential is for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds {
    /// The organisation for which they act.
    pub organisation: Option<OrganisationId>,
    /// What the credential is limited to; none, to nothing.
    pub ceiling: Option<PermissionSet>,
}

impl From<&AccessClaims> for Bounds {
    fn from(claims: &AccessClaims) -> Self {
        let ceiling = claims.scope.as_deref().map(|scope| PermissionSet::named(scope.split(' ')));
        Self { organisation: claims.org, ceiling }
    }
}

/// A grant that is in force.
struct InForce<'a> {
    organisation: Option<OrganisationId>,
    allows: PermissionSet,
    role: Option<&'a KnownRole>,
}

impl Access {
    pub(super) fn new(grants: Arc<Grants>, roles: Arc<Roles>, bounds: Bounds, now: DateTime<Utc>) -> Self {
        let Bounds { organisation, ceiling } = bounds;
        Self { grants, roles, organisation, ceiling, now }
    }

    /// The same from what was just read, past what a process keeps: for who decides inside a change, under locks, or for another
    /// moment than this one.
    pub fn of(grants: Arc<Grants>, roles: &KnownRoles, bounds: Bounds, now: DateTime<Utc>) -> Self {
        Self::new(grants, Arc::clone(&roles.0), bounds, now)
    }

    /// The same at another moment.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> Self {
        let Self { grants, roles, organisation, ceiling, .. } = self;
        Self {
            grants: Arc::clone(grants),
            roles: Arc::clone(roles),
            organisation: *organisation,
            ceiling: *ceiling,
            now,
        }
    }

    /// All grants in force. Nobody who may not sign in has one.
    fn in_force(&self) -> impl Iterator<Item = InForce<'_>> {
        let applies = move |organisation: Option<OrganisationId>, expires_at: Option<DateTime<Utc>>| {
            self.grants.active
                && expires_at.is_none_or(|expires| expires > self.now)
                && (organisation.is_none() || organisation == self.organisation)
        };
        let roles = self.grants.roles.iter().filter(move |grant| applies(grant.organisation_id, grant.expires_at));
        let roles = roles.filter_map(|grant| {
            let role = self.roles.get(&grant.role_id)?;
            Some(InForce { organisation: grant.organisation_id, allows: role.allows, role: Some(role) })
        });
        let direct = self.grants.permissions.iter();
        let direct =
            direct.filter(move |grant| applies(grant.organisation_id, grant.expires_at)).map(|grant| InForce {
                organisation: grant.organisation_id,
                allows: PermissionSet::named([grant.permission.as_str()]),
                role: None,
            });
        roles.chain(direct)
    }

    /// The denials of a permission that are in force. They hold for whatever organisation the caller acts.
    fn denials(&self, permission: Permission) -> impl Iterator<Item = Option<OrganisationId>> {
        let denials = self.grants.denials.iter().filter(move |denial| denial.permission == permission.name);
        let in_force = denials.filter(|denial| denial.expires_at.is_none_or(|expires| expires > self.now));
        in_force.map(|denial| denial.organisation_id)
    }

    fn is_below_ceiling(&self, permission: Permission) -> bool {
        self.ceiling.is_none_or(|ceiling| ceiling.contains(permission))
    }

    /// Whether the permission holds for the platform as a whole.
    pub fn allows(&self, permission: Permission) -> bool {
        self.decide(permission, &Object::PLATFORM).is_allowed()
    }

    /// Whatever gives or denies a permission, or has, or does elsewhere, with what becomes of it for an object: denials first. What is held
    /// for an organisation holds for what belongs to it, while the caller acts for it, and for nothing else; a denial holds for whatever
    /// organisation they act.
    pub fn bearings<'a>(&'a self, permission: Permission, object: &'a Object) -> impl Iterator<Item = Bearing<'a>> {
        let of_it = move |held: &&PermissionGrant| held.permission == permission.name;
        let denials = self.grants.denials.iter().filter(of_it).map(|held| {
            let state = self.state(held.organisation_id, held.expires_at, object, BearingState::Denies);
            Bearing { role: None, denies: true, organisation: held.organisation_id, expires_at: held.expires_at, state }
        });
        let roles = self.grants.roles.iter().filter_map(move |held| {
            let role = self.roles.get(&held.role_id).filter(|role| role.allows.contains(permission))?;
            let state = self.state(held.organisation_id, held.expires_at, object, BearingState::Holds);
            let role = Some(&role.role);
            Some(Bearing {
                role,
                denies: false,
                organisation: held.organisation_id,
                expires_at: held.expires_at,
                state,
            })
        });
        let direct = self.grants.permissions.iter().filter(of_it).map(|held| {
            let state = self.state(held.organisation_id, held.expires_at, object, BearingState::Holds);
            Bearing {
                role: None,
                denies: false,
                organisation: held.organisation_id,
                expires_at: held.expires_at,
                state,
            }
        });
        denials.chain(roles).chain(direct)
    }

    fn state(
        &self,
        held_for: Option<OrganisationId>,
        expires_at: Option<DateTime<Utc>>,
        object: &Object,
        in_force: BearingState,
    ) -> BearingState {
        let acts_for_it = in_force == BearingState::Denies || held_for == self.organisation;
        if expires_at.is_some_and(|end| end <= self.now) {
            BearingState::Expired
        } else if held_for.is_none() || (held_for == object.organisation && acts_for_it) {
            in_force
        } else {
            BearingState::Elsewhere
        }
    }

    /// Whether the permission holds for an object, and why.
    pub fn decide(&self, permission: Permission, object: &Object) -> Decision {
        if !self.grants.active {
            return Decision::Refused(Refusal::Inactive);
        }
        if !self.is_below_ceiling(permission) {
            return Decision::Refused(Refusal::BeyondCeiling);
        }
        let mut refusal = Refusal::NotHeld;
        // Denials come first: none is left behind what holds.
        for bearing in self.bearings(permission, object) {
            match (bearing.state, bearing.role) {
                (BearingState::Denies, _) => return Decision::Refused(Refusal::Denied),
                (BearingState::Holds, Some(role)) => {
                    return Decision::Allowed(Grant::Role { id: role.id, name: role.name.clone() });
                }
                (BearingState::Holds, None) => return Decision::Allowed(Grant::Direct),
                (BearingState::Elsewhere, _) if !bearing.denies => refusal = Refusal::Elsewhere,
                (BearingState::Elsewhere | BearingState::Expired, _) => {}
            }
        }
        Decision::Refused(refusal)
    }

    /// On what the permission holds, for lists. A list leaves out nothing of everything: who holds it everywhere and is denied it for
    /// one organisation sees of lists what they hold it for by an organisation's own grant.
    pub fn scope(&self, permission: Permission) -> Scope {
        let mut organisations = BTreeSet::new();
        let denied: BTreeSet<_> = self.denials(permission).collect();
        if self.is_below_ceiling(permission) && !denied.contains(&None) {
            for grant in self.in_force().filter(|grant| grant.allows.contains(permission)) {
                match grant.organisation {
                    Some(organisation) => organisations.insert(organisation),
                    None if denied.is_empty() => return Scope::Everything,
                    None => false,
                };
            }
        }
        organisations.retain(|organisation| !denied.contains(&Some(*organisation)));
        Scope::Organisations(organisations)
    }

    /// Names of the roles held.
    pub fn role_names(&self) -> Vec<String> {
        self.in_force().filter_map(|grant| Some(grant.role?.role.name.clone())).collect()
    }

    /// Names of all permissions that hold for the platform as a whole.
    pub fn permissions(&self) -> Vec<String> {
        ALL.iter().filter(|permission| self.allows(**permission)).map(|permission| permission.name.to_owned()).collect()
    }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
