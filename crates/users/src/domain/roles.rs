//! What roles mean: their permissions, inherited ones included.

use super::Users;
use crate::error::UsersError;
use crate::store;
use orion_contracts::users::{Role, RoleCatalogue};
use orion_contracts::{OrganisationId, RoleId};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

impl Users {
    /// All roles that are in force, with everything that they allow.
    pub(crate) async fn catalogue(&self) -> Result<RoleCatalogue, UsersError> {
        let db = self.infra.db.read();
        // The version first: a change in between makes the answer newer than it says, and it is read again.
        let version = store::role_catalogue::version(db).await?;
        let roles = store::roles::all(db).await?;
        let names: HashMap<Uuid, String> =
            store::permissions::all(db).await?.into_iter().map(|permission| (permission.id, permission.name)).collect();
        let mut own: HashMap<Uuid, Vec<&str>> = HashMap::new();
        for given in store::role_permissions::everywhere(db).await? {
            if let Some(name) = names.get(&given.permission_id) {
                own.entry(given.role_id).or_default().push(name);
            }
        }
        let parents: HashMap<Uuid, Uuid> = roles.iter().filter_map(|role| Some((role.id, role.parent_id?))).collect();
        let roles = roles
            .into_iter()
            .filter(|role| role.is_active)
            .map(|role| Role {
                id: RoleId(role.id),
                permissions: lineage(role.id, &parents)
                    .filter_map(|ancestor| own.get(&ancestor))
                    .flatten()
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .map(|name| (*name).to_owned())
                    .collect(),
                name: role.name,
                display_name: role.display_name,
                description: role.description,
                level: role.level,
                is_system: role.kind == store::roles::SYSTEM,
                organisation_id: role.organisation_id.map(OrganisationId),
            })
            .collect();
        Ok(RoleCatalogue { version, roles })
    }
}

/// A role, its parent, and so on up. A circle, which writing refuses, ends where it closes.
fn lineage(role: Uuid, parents: &HashMap<Uuid, Uuid>) -> impl Iterator<Item = Uuid> {
    let mut seen = HashSet::new();
    std::iter::successors(Some(role), |child| parents.get(child).copied()).take_while(move |role| seen.insert(*role))
}

#[cfg(test)]
mod tests {
    use super::lineage;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn id(number: u8) -> Uuid {
        Uuid::from_u128(u128::from(number))
    }

    #[test]
    fn a_role_inherits_from_all_its_ancestors_and_from_nobody_else() {
        let parents = [(id(1), id(2)), (id(2), id(3)), (id(4), id(3))].into();
        assert_eq!(lineage(id(1), &parents).collect::<Vec<_>>(), [id(1), id(2), id(3)]);
        assert_eq!(lineage(id(3), &parents).collect::<Vec<_>>(), [id(3)]);
    }

    proptest! {
        #[test]
        fn a_lineage_ends_even_when_roles_form_a_circle(parents in proptest::collection::hash_map(0u8..8, 0u8..8, 0..8)) {
            let parents = parents.into_iter().map(|(child, parent)| (id(child), id(parent))).collect();
            prop_assert!(lineage(id(0), &parents).count() <= 8);
        }
    }
}
