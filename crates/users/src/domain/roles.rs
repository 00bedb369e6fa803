//! What roles mean: their permissions, inherited ones included.

use super::Users;
use crate::error::UsersError;
use crate::store;
use crate::store::roles::Model;
use orion_contracts::users::{MOST_COUNTED, Role, RoleCatalogue, RoleDetail};
use orion_contracts::{OrganisationId, RoleId};
use orion_http::identity::KnownRoles;
use sea_orm::ConnectionTrait;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

impl Users {
    /// All roles that are in force, with everything that they allow.
    pub(crate) async fn catalogue(&self) -> Result<RoleCatalogue, UsersError> {
        Ok(Hierarchy::read(self.infra.db.read()).await?.catalogue())
    }

    /// One role by its name or id, and who hangs on it.
    pub(crate) async fn role(&self, name_or_id: &str) -> Result<RoleDetail, UsersError> {
        let db = self.infra.db.read_aside();
        let hierarchy = Hierarchy::read(db).await?;
        let role = hierarchy.find(name_or_id).ok_or(UsersError::RoleNotFound)?;
        let now = self.infra.clock.now();
        let below = hierarchy.with_descendants(role.id);
        Ok(RoleDetail {
            role: hierarchy.show(role),
            holders: store::user_roles::count_holders(db, &[role.id], now, MOST_COUNTED).await?,
            touches: store::user_roles::count_holders(db, &below, now, MOST_COUNTED).await?,
            promises: store::invitations::count_promising(db, role, now, MOST_COUNTED).await?,
            children: hierarchy.children(role.id).map(|child| child.name.clone()).collect(),
        })
    }
}

/// All roles as they were at a version, and as the resolver takes them.
pub(crate) struct KeptRoles {
    pub(super) known: Hierarchy,
    pub(super) roles: KnownRoles,
}

impl Users {
    /// All roles as they are now: read anew only when their version, which rises with each change, is not that of those kept. What a
    /// thousand roles allow takes much longer to reckon than the question that is asked of them.
    pub(super) async fn kept_roles(&self, db: &impl ConnectionTrait) -> Result<Arc<KeptRoles>, UsersError> {
        let version = store::role_catalogue::version(db).await?;
        if let Some(kept) = self.kept_roles.load_full().filter(|kept| kept.known.version == version) {
            return Ok(kept);
        }
        let known = Hierarchy::read(db).await?;
        let kept = Arc::new(KeptRoles { roles: known.catalogue().into(), known });
        self.kept_roles.store(Some(Arc::clone(&kept)));
        Ok(kept)
    }
}

/// All roles, whose parents they are, and what each gives by itself.
#[derive(Clone)]
pub(super) struct Hierarchy {
    /// Counts changes.
    pub(super) version: i64,
    pub(super) roles: HashMap<Uuid, Model>,
    /// Names of permissions, by role.
    pub(super) own: HashMap<Uuid, BTreeSet<String>>,
    /// All permissions that there are, by name.
    pub(super) permissions: HashMap<String, Uuid>,
    /// Names of those whose decisions are logged.
    logged: Vec<String>,
}

impl Hierarchy {
    pub(super) async fn read(db: &impl ConnectionTrait) -> Result<Self, UsersError> {
        // The version first: a change in between makes the answer newer than it says, and it is read again.
        let version = store::role_catalogue::version(db).await?;
        let roles = store::roles::all(db).await?.into_iter().map(|role| (role.id, role)).collect();
        let permissions = store::permissions::all(db).await?;
        let names: HashMap<Uuid, &str> = permissions.iter().map(|found| (found.id, found.name.as_str())).collect();
        let mut own: HashMap<Uuid, BTreeSet<String>> = HashMap::new();
        for given in store::role_permissions::everywhere(db).await? {
            if let Some(name) = names.get(&given.permission_id) {
                own.entry(given.role_id).or_default().insert((*name).to_owned());
            }
        }
        let logged = permissions.iter().filter(|found| found.log_decisions).map(|found| found.name.clone()).collect();
        let permissions = permissions.into_iter().map(|found| (found.name, found.id)).collect();
        Ok(Self { version, roles, own, permissions, logged })
    }

    /// The role of this name that is valid everywhere, or of this id.
    pub(super) fn find(&self, name_or_id: &str) -> Option<&Model> {
        let by_id = name_or_id.parse().ok().and_then(|id: Uuid| self.roles.get(&id));
        let named = |role: &&Model| role.organisation_id.is_none() && role.name == name_or_id;
        by_id.or_else(|| self.roles.values().find(named)).filter(|role| role.is_active)
    }

    /// A role, its parent, and so on up. A circle ends where it closes.
    pub(super) fn lineage(&self, role: Uuid) -> impl Iterator<Item = Uuid> {
        let mut seen = HashSet::new();
        std::iter::successors(Some(role), |child| self.roles.get(child)?.parent_id)
            .take_while(move |role| seen.insert(*role))
    }

    /// Whether a role inherits from itself.
    pub(super) fn is_circular(&self, role: Uuid) -> bool {
        self.lineage(role).last().and_then(|top| self.roles.get(&top)?.parent_id).is_some()
    }

    /// The roles that inherit from one directly, by name.
    pub(super) fn children(&self, role: Uuid) -> impl Iterator<Item = &Model> {
        let mut children: Vec<_> = self.roles.values().filter(|child| child.parent_id == Some(role)).collect();
        children.sort_by(|left, right| left.name.cmp(&right.name));
        children.into_iter()
    }

    /// A role, and all that inherit from it.
    pub(super) fn with_descendants(&self, role: Uuid) -> Vec<Uuid> {
        self.roles.keys().copied().filter(|other| self.lineage(*other).any(|ancestor| ancestor == role)).collect()
    }

    /// What a role gives by itself.
    pub(super) fn own(&self, role: Uuid) -> impl Iterator<Item = &String> {
        self.own.get(&role).into_iter().flatten()
    }

    /// What a role gives, inherited or not.
    pub(super) fn effective(&self, role: Uuid) -> BTreeSet<&String> {
        self.lineage(role).flat_map(|ancestor| self.own(ancestor)).collect()
    }

    /// A role as it is shown.
    pub(super) fn show(&self, role: &Model) -> Role {
        Role {
            id: RoleId(role.id),
            name: role.name.clone(),
            display_name: role.display_name.clone(),
            description: role.description.clone(),
            level: role.level,
            scope: role.scope.parse().unwrap_or_default(),
            is_system: role.kind == store::roles::SYSTEM,
            organisation_id: role.organisation_id.map(OrganisationId),
            permissions: self.effective(role.id).into_iter().cloned().collect(),
            parent: role.parent_id.and_then(|parent| Some(self.roles.get(&parent)?.name.clone())),
            own_permissions: self.own(role.id).cloned().collect(),
            version: role.version,
        }
    }

    /// All roles that are in force.
    pub(super) fn catalogue(&self) -> RoleCatalogue {
        let all = self.roles.values().filter(|role| role.is_active).map(|role| self.show(role));
        let (narrow, roles) = all.partition(|role| role.scope.is_narrow());
        RoleCatalogue { version: self.version, roles, narrow, logged: self.logged.clone() }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Hierarchy, Model};
    use proptest::prelude::*;
    use std::collections::HashMap;
    use uuid::Uuid;

    pub(in super::super) fn id(number: u8) -> Uuid {
        Uuid::from_u128(u128::from(number))
    }

    /// Roles of a level each, with parents.
    pub(in super::super) fn hierarchy(roles: impl IntoIterator<Item = (u8, i64, Option<u8>)>) -> Hierarchy {
        let role = |(number, level, parent): (u8, i64, Option<u8>)| Model {
            id: id(number),
            name: format!("role{number}"),
            display_name: String::new(),
            description: None,
            kind: crate::store::roles::CUSTOM.to_owned(),
            scope: "global".to_owned(),
            level,
            parent_id: parent.map(id),
            organisation_id: None,
            is_active: true,
            version: 1,
            created_at: chrono::DateTime::UNIX_EPOCH,
            updated_at: chrono::DateTime::UNIX_EPOCH,
        };
        let roles = roles.into_iter().map(|made| (id(made.0), role(made))).collect();
        Hierarchy { version: 1, roles, own: HashMap::new(), permissions: HashMap::new(), logged: Vec::new() }
    }

    #[test]
    fn a_role_inherits_from_all_its_ancestors_and_from_nobody_else() {
        let known = hierarchy([(1, 1, Some(2)), (2, 1, Some(3)), (3, 1, None), (4, 1, Some(3))]);
        assert_eq!(known.lineage(id(1)).collect::<Vec<_>>(), [id(1), id(2), id(3)]);
        assert_eq!(known.lineage(id(3)).collect::<Vec<_>>(), [id(3)]);
        assert_eq!(known.with_descendants(id(3)).len(), 4);
    }

    proptest! {
        #[test]
        fn a_lineage_ends_and_circles_are_seen(parents in proptest::collection::hash_map(0u8..8, 0u8..8, 0..8)) {
            let known = hierarchy((0..8).map(|role| (role, 1, parents.get(&role).copied())));
            prop_assert!(known.lineage(id(0)).count() <= 8);
            let mut at = 0;
            let ends = (0..9).any(|_| match parents.get(&at) {
                Some(parent) => { at = *parent; false }
                None => true,
            });
            prop_assert_eq!(known.is_circular(id(0)), !ends);
        }
    }
}
