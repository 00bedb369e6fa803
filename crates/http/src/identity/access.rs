//! What a caller may do at one moment, on what, and why. Denied unless something grants it.

mod bearings;
mod height;
mod lists;

use super::conditions::{Asking, Attributes, Circumstances, Held};
use super::decision::{BearingState, Decision, Grant, Object, Refusal};
use super::grants::{KnownRole, Roles, known};
use chrono::{DateTime, Utc};
use orion_contracts::permissions::{ALL, PermissionSet};
use orion_contracts::users::{ConditionalRoleGrant, Grants, RoleCatalogue};
use orion_contracts::{AccessClaims, OrganisationId, Permission};
use std::sync::Arc;

/// A caller's grants, resolved at one moment, and the bounds that their credential has. Cloning shares what is large.
#[derive(Clone)]
pub struct Access {
    held: Arc<Held>,
    roles: Arc<Roles>,
    /// What conditions are asked of; without them only what is certain holds, and what may be denied is.
    circumstances: Option<Circumstances>,
    /// What whoever asks knows of the object, which conditions may ask for.
    attributes: Option<Arc<Attributes>>,
    /// The organisation for which the caller acts: what is held for others is as if it were not.
    organisation: Option<OrganisationId>,
    /// What the credential is limited to; none, to nothing.
    ceiling: Option<PermissionSet>,
    now: DateTime<Utc>,
    /// The permissions whose decisions are logged.
    logged: PermissionSet,
    /// What whoever really acts may do themselves, while they act as the caller.
    actor: Option<Box<Access>>,
}

/// All roles as the resolver holds them. Cloning shares them.
#[derive(Clone)]
pub struct KnownRoles(Arc<Roles>);

impl From<RoleCatalogue> for KnownRoles {
    fn from(catalogue: RoleCatalogue) -> Self {
        Self(Arc::new(known(catalogue)))
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

impl Access {
    pub(super) fn new(held: Arc<Held>, roles: Arc<Roles>, bounds: Bounds, now: DateTime<Utc>) -> Self {
        let Bounds { organisation, ceiling } = bounds;
        Self {
            held,
            roles,
            circumstances: None,
            attributes: None,
            organisation,
            ceiling,
            now,
            logged: PermissionSet::default(),
            actor: None,
        }
    }

    /// The same of somebody who decides about others or is decided about at an endpoint: with the permissions whose decisions are logged.
    #[must_use]
    pub(super) fn logging(self, logged: PermissionSet) -> Self {
        Self { logged, ..self }
    }

    /// Whether each decision about a permission is logged.
    pub fn is_logged(&self, permission: Permission) -> bool {
        self.logged.contains(permission)
    }

    /// The same while somebody acts as the caller: what they do not hold themselves at the same moment, by the same request, gives
    /// nothing.
    #[must_use]
    pub fn by(self, actor: Self) -> Self {
        let actor = Self { circumstances: self.circumstances.clone(), ..actor };
        Self { actor: Some(Box::new(actor)), ..self }
    }

    /// The same from what was just read, past what a process keeps: for who decides inside a change, under locks, or for another
    /// moment than this one. Only what is certain holds: nothing that has a condition is compiled.
    pub fn of(grants: Arc<Grants>, roles: &KnownRoles, bounds: Bounds, now: DateTime<Utc>) -> Self {
        Self::of_held(Arc::new(Held::certain(grants)), roles, bounds, now)
    }

    /// The same of a subject whose conditions are compiled, and may be asked once there are circumstances ([`Access::under`]).
    pub fn of_held(held: Arc<Held>, roles: &KnownRoles, bounds: Bounds, now: DateTime<Utc>) -> Self {
        Self::new(held, Arc::clone(&roles.0), bounds, now)
    }

    /// The same caller by what was just read of them, and of who acts as them, under the circumstances of their request: for who asks
    /// once more inside a change. A condition that was not there when the request came has no answer.
    #[must_use]
    pub fn again(&self, own: Arc<Grants>, actor: Option<Arc<Grants>>, roles: &KnownRoles, now: DateTime<Utc>) -> Self {
        let actor = self.actor.as_ref().zip(actor);
        Self {
            held: Arc::new(self.held.again(own)),
            roles: Arc::clone(&roles.0),
            circumstances: self.circumstances.clone(),
            attributes: self.attributes.clone(),
            organisation: self.organisation,
            ceiling: self.ceiling,
            now,
            logged: self.logged,
            actor: actor.map(|(before, grants)| Box::new(before.again(grants, None, roles, now))),
        }
    }

    /// The same under circumstances of which conditions can be asked. Without, only what is certain holds: what somebody may give,
    /// or do over a longer time.
    #[must_use]
    pub fn under(self, circumstances: Circumstances) -> Self {
        let actor = self.actor.map(|actor| Box::new(actor.under(circumstances.clone())));
        Self { circumstances: Some(circumstances), actor, ..self }
    }

    /// The same about an object of which whoever asks knows these attributes.
    #[must_use]
    pub fn knowing(self, attributes: Arc<Attributes>) -> Self {
        let actor = self.actor.map(|actor| Box::new(actor.knowing(Arc::clone(&attributes))));
        Self { attributes: Some(attributes), actor, ..self }
    }

    /// What conditions are asked of.
    pub fn circumstances(&self) -> Option<&Circumstances> {
        self.circumstances.as_ref()
    }

    /// The same at another moment.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> Self {
        let Self { held, roles, circumstances, attributes, organisation, ceiling, actor, .. } = self;
        Self {
            held: Arc::clone(held),
            roles: Arc::clone(roles),
            circumstances: circumstances.clone(),
            attributes: attributes.clone(),
            organisation: *organisation,
            ceiling: *ceiling,
            now,
            logged: self.logged,
            actor: actor.as_ref().map(|actor| Box::new(actor.at(now))),
        }
    }

    /// When the next of what is held ends by its time, be it of whoever acts: until then nothing is lost that nobody tells of.
    pub fn next_end(&self) -> Option<DateTime<Utc>> {
        let held = self.grants();
        let permissions = held.permissions.iter().chain(&held.conditional).map(|one| one.expires_at);
        let roles = held.roles.iter().map(|one| one.expires_at);
        let conditional = held.conditional_roles.iter().map(|one| one.expires_at);
        let narrow = held.narrow_roles.iter().map(|one| one.expires_at);
        let all = permissions.chain(roles).chain(conditional).chain(narrow).flatten();
        let of_actor = self.actor.as_ref().and_then(|actor| actor.next_end());
        all.filter(|end| *end > self.now).chain(of_actor).min()
    }

    /// Whether a grant is in force for the caller, its condition aside. Nobody who may not sign in has one that is.
    fn applies(&self, organisation: Option<OrganisationId>, expires_at: Option<DateTime<Utc>>) -> bool {
        self.grants().active
            && expires_at.is_none_or(|expires| expires > self.now)
            && (organisation.is_none() || organisation == self.organisation)
    }

    fn grants(&self) -> &Grants {
        &self.held.grants
    }

    /// Where the roles in force are held, and which those are.
    fn roles_in_force(&self) -> impl Iterator<Item = (Option<OrganisationId>, &KnownRole)> {
        let held = self.grants().roles.iter().filter(move |held| self.applies(held.organisation_id, held.expires_at));
        held.filter_map(move |held| Some((held.organisation_id, self.roles.get(&held.role_id)?)))
    }

    /// The roles held under a condition that give a permission, whatever becomes of them.
    fn conditional_roles(&self, permission: Permission) -> impl Iterator<Item = (&ConditionalRoleGrant, &KnownRole)> {
        let known = |held: &'_ ConditionalRoleGrant| self.roles.get(&held.role_id);
        let held = self.grants().conditional_roles.iter().filter_map(move |held| Some((held, known(held)?)));
        held.filter(move |(_, role)| role.allows.contains(permission))
    }

    fn condition_holds(&self, condition: Option<&str>, object: Option<&Object>) -> Result<bool, String> {
        let roles = || self.role_names();
        self.held.holds(condition, &self.asking(&roles, object))
    }

    /// Of what a condition is asked about an object: each path that it reads, with its value where that is known.
    pub fn asked_of(&self, condition: &str, object: &Object) -> Vec<(String, Option<serde_json::Value>)> {
        let roles = || self.role_names();
        self.held.asked_of(condition, &self.asking(&roles, Some(object)))
    }

    fn asking<'a>(&'a self, roles: &'a dyn Fn() -> Vec<String>, object: Option<&'a Object>) -> Asking<'a> {
        let (circumstances, attributes) = (self.circumstances.as_ref(), self.attributes.as_deref());
        Asking { circumstances, organisation: self.organisation, roles, object, attributes, now: self.now }
    }

    fn is_below_ceiling(&self, permission: Permission) -> bool {
        self.ceiling.is_none_or(|ceiling| ceiling.contains(permission))
    }

    /// Whether the permission holds for the platform as a whole.
    pub fn allows(&self, permission: Permission) -> bool {
        self.decide(permission, &Object::PLATFORM).is_allowed()
    }

    /// Whether the permission holds for an object, and why.
    pub fn decide(&self, permission: Permission, object: &Object) -> Decision {
        let own = self.decide_alone(permission, object);
        let is_beyond = self
            .actor
            .as_ref()
            .is_some_and(|actor| !self.is_actor_allowed() || !actor.decide(permission, object).is_allowed());
        if own.is_allowed() && is_beyond { Decision::Refused(Refusal::BeyondActor) } else { own }
    }

    fn decide_alone(&self, permission: Permission, object: &Object) -> Decision {
        if !self.grants().active {
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
                (BearingState::Unmet, _) if !bearing.denies => {
                    let text = bearing.condition.unwrap_or_default();
                    let why = bearing.why.map(|why| format!(" has no answer: {why}"));
                    let why = why.unwrap_or_else(|| " does not hold.".to_owned());
                    refusal = Refusal::Unmet(format!("`{text}`{why}"));
                }
                (BearingState::Elsewhere, _) if !bearing.denies && refusal == Refusal::NotHeld => {
                    refusal = bearing.place.refusal();
                }
                (BearingState::Unmet | BearingState::Elsewhere | BearingState::Expired, _) => {}
            }
        }
        Decision::Refused(refusal)
    }

    /// Names of the roles held without a condition: those that are certain, and of which conditions may ask.
    pub fn role_names(&self) -> Vec<String> {
        self.roles_in_force().map(|(_, role)| role.role.name.clone()).collect()
    }

    /// Names of all permissions that hold for the platform as a whole.
    pub fn permissions(&self) -> Vec<String> {
        self.permissions_on(&Object::PLATFORM)
    }

    /// Names of all permissions that hold for an object.
    pub fn permissions_on(&self, object: &Object) -> Vec<String> {
        let held = ALL.iter().filter(|permission| self.decide(**permission, object).is_allowed());
        held.map(|permission| permission.name.to_owned()).collect()
    }
}

#[cfg(test)]
#[path = "access_tests/mod.rs"]
mod tests;
