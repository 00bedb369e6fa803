//! How high a subject stands: who acts as somebody stands no lower.

use super::Access;
use crate::identity::decision::Object;
use chrono::{DateTime, Utc};
use orion_contracts::permissions::{Demand, UsersImpersonate};
use orion_contracts::users::Within;
use orion_contracts::{OrganisationId, RoleId};

impl Access {
    /// Whether whoever acts as the caller, if anybody does, may still act as them: they hold the permission, and the caller has not come to
    /// stand above them.
    pub fn is_actor_allowed(&self) -> bool {
        let person = Object::about(self.grants().user_id);
        self.actor.as_ref().is_none_or(|actor| {
            actor.decide(UsersImpersonate::PERMISSION, &person).is_allowed() && self.height() <= actor.certain_level()
        })
    }

    /// How high a subject stands by what they certainly hold everywhere.
    fn certain_level(&self) -> i64 {
        let held = self.grants().roles.iter();
        self.highest(held.map(|held| (held.role_id, held.organisation_id, held.expires_at)))
    }

    /// How high a subject stands who is acted on: a role protects them whether its condition holds or not,
    /// and also one that gives them power over their own things alone.
    fn height(&self) -> i64 {
        let held = self.grants().conditional_roles.iter();
        let conditional = self.highest(held.map(|held| (held.role_id, held.organisation_id, held.expires_at)));
        let narrow = self.grants().narrow_roles.iter().filter(|held| held.within == Within::Own);
        let narrow = self.highest(narrow.map(|held| (held.role_id, None, held.expires_at)));
        self.certain_level().max(conditional).max(narrow)
    }

    fn highest(&self, held: impl Iterator<Item = (RoleId, Option<OrganisationId>, Option<DateTime<Utc>>)>) -> i64 {
        let in_force = held.filter(|(_, organisation, expires_at)| {
            organisation.is_none() && expires_at.is_none_or(|expires| expires > self.now)
        });
        let levels = in_force.filter_map(|(role, ..)| self.roles.get(&role)).map(|known| known.role.level);
        levels.max().unwrap_or_default()
    }
}
