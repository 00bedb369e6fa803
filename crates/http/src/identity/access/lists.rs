//! What lists show of what is held: nothing by what depends on each object.

use super::Access;
use crate::identity::decision::Scope;
use orion_contracts::users::PermissionGrant;
use orion_contracts::{OrganisationId, Permission};
use std::collections::BTreeSet;

impl Access {
    /// Where a permission is given, for lists: under a condition only if that needs no object.
    fn given(&self, permission: Permission) -> impl Iterator<Item = Option<OrganisationId>> {
        let of_it = move |held: &&PermissionGrant| held.permission == permission.name;
        let roles = self.roles_in_force().filter(move |(_, role)| role.allows.contains(permission));
        let direct = self.grants().permissions.iter().chain(&self.grants().conditional).filter(of_it);
        let direct = direct.filter(move |held| {
            self.applies(held.organisation_id, held.expires_at)
                && self.condition_holds(held.condition.as_deref(), None) == Ok(true)
        });
        let conditional = self.conditional_roles(permission).map(|(held, _)| held).filter(move |held| {
            self.applies(held.organisation_id, held.expires_at)
                && self.condition_holds(Some(&held.condition), None) == Ok(true)
        });
        let roles = roles.map(|(organisation, _)| organisation).chain(conditional.map(|held| held.organisation_id));
        roles.chain(direct.map(|held| held.organisation_id))
    }

    /// Where a permission is denied, for lists, for whatever organisation the caller acts: under a condition also where that has no
    /// answer without an object.
    fn denied(&self, permission: Permission) -> BTreeSet<Option<OrganisationId>> {
        let denials = self.grants().denials.iter().filter(|denial| denial.permission == permission.name);
        let in_force = denials.filter(|denial| {
            denial.expires_at.is_none_or(|expires| expires > self.now)
                && self.condition_holds(denial.condition.as_deref(), None) != Ok(false)
        });
        in_force.map(|denial| denial.organisation_id).collect()
    }

    /// Whether the permission may hold for some object, though for no list: whoever asks this decides for each object.
    pub(crate) fn depends_on_object(&self, permission: Permission) -> bool {
        let needs_object = |condition: Option<&str>| self.held.needs_object(condition);
        let of_it =
            |held: &&PermissionGrant| held.permission == permission.name && needs_object(held.condition.as_deref());
        let mut conditional = self.grants().conditional.iter().filter(of_it);
        let mut roles = self.conditional_roles(permission).filter(|(held, _)| needs_object(Some(&held.condition)));
        let is_given = conditional.any(|held| self.applies(held.organisation_id, held.expires_at))
            || roles.any(|(held, _)| self.applies(held.organisation_id, held.expires_at))
            || self
                .narrow_roles(permission)
                .any(|(place, held, _)| self.applies(place.organisation(), held.expires_at));
        // A denial of some objects leaves the others, where anything gives the permission.
        let is_denied = self.grants().denials.iter().any(|denial| of_it(&denial));
        is_given || (is_denied && self.given(permission).next().is_some())
    }

    /// On what the permission holds, for lists. A list leaves out nothing of everything: who holds it everywhere and is denied it for
    /// one organisation sees of lists what they hold it for by an organisation's own grant.
    pub fn scope(&self, permission: Permission) -> Scope {
        let own = self.scope_alone(permission);
        match &self.actor {
            Some(actor) if self.is_actor_allowed() => own.within(actor.scope(permission)),
            Some(_) => Scope::Organisations(BTreeSet::new()),
            None => own,
        }
    }

    fn scope_alone(&self, permission: Permission) -> Scope {
        let mut organisations = BTreeSet::new();
        let denied = self.denied(permission);
        if self.is_below_ceiling(permission) && !denied.contains(&None) {
            for organisation in self.given(permission) {
                match organisation {
                    Some(organisation) => organisations.insert(organisation),
                    None if denied.is_empty() => return Scope::Everything,
                    None => false,
                };
            }
        }
        organisations.retain(|organisation| !denied.contains(&Some(*organisation)));
        Scope::Organisations(organisations)
    }
}
