//! All that bears on a permission, and what becomes of each thing for an object: what decides, and what explanations name.

use super::Access;
use crate::identity::decision::{Bearing, BearingState, Object, Place};
use crate::identity::grants::KnownRole;
use chrono::{DateTime, Utc};
use orion_contracts::Permission;
use orion_contracts::users::{NarrowRoleGrant, PermissionGrant};

/// What binds something that is held: for what, until when, and under what condition.
type Binding<'a> = (Place, Option<DateTime<Utc>>, Option<&'a str>);

impl Access {
    /// Whatever gives or denies a permission, or has, or does elsewhere, with what becomes of it for an object: denials first. What is held
    /// for an organisation holds for what belongs to it, while the caller acts for it, and for nothing else; of a team, for what is that
    /// team's. A denial holds for whatever organisation they act.
    pub fn bearings<'a>(&'a self, permission: Permission, object: &'a Object) -> impl Iterator<Item = Bearing<'a>> {
        let of_it = move |held: &&PermissionGrant| held.permission == permission.name;
        let by_itself = move |held: &'a PermissionGrant, in_force: BearingState| {
            let (place, expires_at) = (Place::from(held.organisation_id), held.expires_at);
            let condition = held.condition.as_deref();
            let (state, why) = self.becomes((place, expires_at, condition), object, in_force);
            let denies = in_force == BearingState::Denies;
            Bearing { role: None, denies, place, expires_at, condition, why, state }
        };
        let by_role = move |role: &'a KnownRole, held: Binding<'a>| {
            let (place, expires_at, condition) = held;
            let (state, why) = self.becomes(held, object, BearingState::Holds);
            Bearing { role: Some(&role.role), denies: false, place, expires_at, condition, why, state }
        };
        let denials = self.grants().denials.iter().filter(of_it).map(move |held| by_itself(held, BearingState::Denies));
        let roles = self.grants().roles.iter().filter_map(move |held| {
            let role = self.roles.get(&held.role_id).filter(|role| role.allows.contains(permission))?;
            Some(by_role(role, (held.organisation_id.into(), held.expires_at, None)))
        });
        let conditional = self.conditional_roles(permission);
        let conditional = conditional.map(move |(held, role)| {
            by_role(role, (held.organisation_id.into(), held.expires_at, Some(held.condition.as_str())))
        });
        let narrow = self.narrow_roles(permission);
        let narrow = narrow.map(move |(place, held, role)| by_role(role, (place, held.expires_at, None)));
        let direct = self.grants().permissions.iter().chain(&self.grants().conditional).filter(of_it);
        let direct = direct.map(move |held| by_itself(held, BearingState::Holds));
        denials.chain(roles).chain(conditional).chain(narrow).chain(direct)
    }

    /// The roles held for a team or for one's own things that give a permission, and for what each is.
    pub(super) fn narrow_roles(
        &self,
        permission: Permission,
    ) -> impl Iterator<Item = (Place, &NarrowRoleGrant, &KnownRole)> {
        let known = |held: &'_ NarrowRoleGrant| self.roles.get(&held.role_id);
        let held =
            self.grants().narrow_roles.iter().filter_map(move |held| Some((held.within.into(), held, known(held)?)));
        held.filter(move |(.., role)| role.allows.contains(permission))
    }

    /// What becomes of one thing for an object, its condition included; and why that has no answer.
    fn becomes(
        &self,
        (place, expires_at, condition): Binding<'_>,
        object: &Object,
        in_force: BearingState,
    ) -> (BearingState, Option<String>) {
        let state = self.state(place, expires_at, object, in_force);
        if state != in_force || condition.is_none() {
            return (state, None);
        }
        match self.condition_holds(condition, Some(object)) {
            Ok(true) => (state, None),
            Ok(false) => (BearingState::Unmet, None),
            // What has no answer gives nothing, and denies.
            Err(why) if in_force == BearingState::Holds => (BearingState::Unmet, Some(why)),
            Err(why) => (state, Some(why)),
        }
    }

    fn state(
        &self,
        place: Place,
        expires_at: Option<DateTime<Utc>>,
        object: &Object,
        in_force: BearingState,
    ) -> BearingState {
        let of_object = |organisation| {
            let acts_for_it = in_force == BearingState::Denies || self.organisation == Some(organisation);
            acts_for_it && object.organisation == Some(organisation)
        };
        let reaches = match place {
            Place::Everywhere => true,
            Place::Organisation(organisation) => of_object(organisation),
            Place::Team(organisation, team) => of_object(organisation) && object.team == Some(team),
            Place::Own => object.owner == Some(self.grants().user_id),
        };
        if expires_at.is_some_and(|end| end <= self.now) {
            BearingState::Expired
        } else if reaches {
            in_force
        } else {
            BearingState::Elsewhere
        }
    }
}
