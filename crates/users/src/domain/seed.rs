//! Permissions and system roles as this version of the program wants them.

use crate::error::UsersError;
use crate::store;
use crate::store::{permissions, role_permissions, roles};
use orion_contracts::Author;
use orion_contracts::bus::BusMessage;
use orion_contracts::permissions::{ALL, Permission};
use orion_contracts::roles::{
    ADMIN, EDITOR, GUEST, MODERATOR, ORGANISATION_ADMIN, ORGANISATION_MEMBER, ORGANISATION_OWNER, SUPER_ADMIN, USER,
};
use orion_contracts::users::PermissionScope;
use orion_infra::{Change, Infra};
use sea_orm::ConnectionTrait;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Where permissions are valid.
const EVERYWHERE: &str = PermissionScope::Global.as_str();

/// A role that every platform has.
struct SystemRole {
    name: &'static str,
    display_name: &'static str,
    description: &'static str,
    level: i64,
    scope: PermissionScope,
    /// Whose permissions it has as well.
    parent: Option<&'static str>,
}

impl SystemRole {
    /// Whether it has the permission from the beginning, beside what it inherits.
    fn gives(&self, permission: &Permission) -> bool {
        self.name == SUPER_ADMIN || permission.default_roles.contains(&self.name)
    }
}

/// Those of [`roles::SYSTEM_ROLES`](orion_contracts::roles::SYSTEM_ROLES), each after its parent.
const SYSTEM_ROLES: &[SystemRole] = &[
    SystemRole {
        name: GUEST,
        display_name: "Guest",
        description: "Somebody whose e-mail address is not verified yet.",
        level: 10,
        scope: PermissionScope::Global,
        parent: None,
    },
    SystemRole {
        name: USER,
        display_name: "User",
        description: "Somebody with a verified e-mail address.",
        level: 20,
        scope: PermissionScope::Global,
        parent: Some(GUEST),
    },
    SystemRole {
        name: EDITOR,
        display_name: "Editor",
        description: "Writes what is sent to people.",
        level: 40,
        scope: PermissionScope::Global,
        parent: Some(USER),
    },
    SystemRole {
        name: MODERATOR,
        display_name: "Moderator",
        description: "Looks after users and their sessions.",
        level: 60,
        scope: PermissionScope::Global,
        parent: Some(USER),
    },
    SystemRole {
        name: ADMIN,
        display_name: "Administrator",
        description: "Runs the platform from day to day, without changing its settings or what roles mean.",
        level: 80,
        scope: PermissionScope::Global,
        parent: None,
    },
    SystemRole {
        name: SUPER_ADMIN,
        display_name: "Super administrator",
        description: "May do everything. Somebody always holds this role.",
        level: 100,
        scope: PermissionScope::Global,
        parent: None,
    },
    SystemRole {
        name: ORGANISATION_MEMBER,
        display_name: "Organisation member",
        description: "Belongs to an organisation.",
        level: 10,
        scope: PermissionScope::Organisation,
        parent: None,
    },
    SystemRole {
        name: ORGANISATION_ADMIN,
        display_name: "Organisation administrator",
        description: "Looks after an organisation and its members.",
        level: 50,
        scope: PermissionScope::Organisation,
        parent: Some(ORGANISATION_MEMBER),
    },
    SystemRole {
        name: ORGANISATION_OWNER,
        display_name: "Organisation owner",
        description: "Owns an organisation. Somebody always does.",
        level: 70,
        scope: PermissionScope::Organisation,
        parent: Some(ORGANISATION_ADMIN),
    },
];

/// What is there already.
struct Present {
    roles: HashMap<String, Uuid>,
    permissions: HashMap<String, Uuid>,
    given: HashSet<(Uuid, Uuid)>,
}

impl Present {
    async fn read(db: &impl ConnectionTrait) -> Result<Self, UsersError> {
        let roles = roles::all(db).await?.into_iter().filter(|role| role.organisation_id.is_none());
        Ok(Self {
            roles: roles.map(|role| (role.name, role.id)).collect(),
            permissions: permissions::all(db).await?.into_iter().map(|found| (found.name, found.id)).collect(),
            given: role_permissions::everywhere(db)
                .await?
                .into_iter()
                .map(|given| (given.role_id, given.permission_id))
                .collect(),
        })
    }

    /// Whether a role lacks a permission that it must have: a new one, one of a new role, or any of super_admin. What
    /// an administrator took from another role stays taken.
    fn lacks(&self, role: &SystemRole, permission: &Permission) -> bool {
        match (self.roles.get(role.name), self.permissions.get(permission.name)) {
            (Some(role_id), Some(permission_id)) => {
                role.name == SUPER_ADMIN && !self.given.contains(&(*role_id, *permission_id))
            }
            _ => role.gives(permission),
        }
    }

    fn is_complete(&self) -> bool {
        SYSTEM_ROLES.iter().all(|role| self.roles.contains_key(role.name))
            && ALL.iter().all(|permission| {
                self.permissions.contains_key(permission.name)
                    && !SYSTEM_ROLES.iter().any(|role| self.lacks(role, permission))
            })
    }
}

/// Adds what is missing. Looking costs reads only; adding is done by one process at a time.
pub(crate) async fn run(infra: &Infra) -> Result<(), UsersError> {
    if Present::read(infra.db.read()).await?.is_complete() {
        return Ok(());
    }
    infra
        .write(Author::PLATFORM, async |change: &mut Change| {
            change.unaudited("what the program itself brings is in its version");
            store::role_catalogue::lock(change).await?;
            let present = Present::read(change).await?;
            if present.is_complete() {
                return Ok(());
            }
            add_missing(change, present).await?;
            let version = store::role_catalogue::raise(change).await?;
            change.announce(BusMessage::RolesChanged { version });
            Ok(())
        })
        .await
}

async fn add_missing(change: &Change, present: Present) -> Result<(), UsersError> {
    let now = change.now();
    let new_id = || change.id::<Uuid>();
    let mut permission_ids = present.permissions.clone();
    let mut role_ids = present.roles.clone();
    let mut new_permissions = Vec::new();
    for permission in ALL.iter().filter(|permission| !present.permissions.contains_key(permission.name)) {
        let id = new_id();
        permission_ids.insert(permission.name.to_owned(), id);
        new_permissions.push(permissions::Model {
            id,
            name: permission.name.to_owned(),
            display_name: permission.display_name.to_owned(),
            resource: permission.resource.to_owned(),
            action: permission.action.to_owned(),
            scope: EVERYWHERE.to_owned(),
            log_decisions: false,
            created_at: now,
        });
    }
    let mut new_roles = Vec::new();
    for role in SYSTEM_ROLES.iter().filter(|role| !present.roles.contains_key(role.name)) {
        let id = new_id();
        role_ids.insert(role.name.to_owned(), id);
        new_roles.push(roles::Model {
            id,
            name: role.name.to_owned(),
            display_name: role.display_name.to_owned(),
            description: Some(role.description.to_owned()),
            kind: roles::SYSTEM.to_owned(),
            scope: role.scope.as_str().to_owned(),
            level: role.level,
            parent_id: role.parent.and_then(|parent| role_ids.get(parent).copied()),
            organisation_id: None,
            is_active: true,
            version: 1,
            created_at: now,
            updated_at: now,
        });
    }
    let mut new_given = Vec::new();
    for role in SYSTEM_ROLES {
        for permission in ALL.iter().filter(|permission| present.lacks(role, permission)) {
            if let (Some(role_id), Some(permission_id)) = (role_ids.get(role.name), permission_ids.get(permission.name))
            {
                new_given.push(role_permissions::Model {
                    id: new_id(),
                    role_id: *role_id,
                    permission_id: *permission_id,
                    organisation_id: None,
                    granted_by: None,
                    granted_at: now,
                });
            }
        }
    }
    permissions::insert(change, new_permissions).await?;
    roles::insert(change, new_roles).await?;
    Ok(role_permissions::insert(change, new_given).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::permissions::{Demand, SettingsWrite, UsersRead};

    #[test]
    fn the_roles_of_every_platform_are_those_that_the_program_knows_by_name() {
        let made: Vec<_> = SYSTEM_ROLES.iter().map(|role| role.name).collect();
        let known = orion_contracts::roles::SYSTEM_ROLES;
        assert_eq!(made.iter().collect::<HashSet<_>>(), known.iter().collect());
        assert_eq!(made.len(), known.len(), "each once");
    }

    #[test]
    fn parents_stand_before_their_roles_and_every_default_is_one_of_them() {
        for (at, role) in SYSTEM_ROLES.iter().enumerate() {
            if let Some(parent) = role.parent {
                let parent = SYSTEM_ROLES[..at].iter().find(|other| other.name == parent).expect("a parent before");
                assert!(parent.level < role.level, "{} is below its parent", role.name);
            }
        }
        for name in ALL.iter().flat_map(|permission| permission.default_roles) {
            assert!(SYSTEM_ROLES.iter().any(|role| role.name == *name), "{name}");
        }
    }

    #[test]
    fn what_was_taken_from_a_role_stays_taken_but_super_admin_gets_everything_back() {
        let roles = SYSTEM_ROLES.iter().map(|role| (role.name.to_owned(), Uuid::from_u128(role.level as u128)));
        let permissions =
            ALL.iter().enumerate().map(|(at, known)| (known.name.to_owned(), Uuid::from_u128(at as u128)));
        let present = Present { roles: roles.collect(), permissions: permissions.collect(), given: HashSet::new() };
        let role = |name| SYSTEM_ROLES.iter().find(|role| role.name == name).expect("a system role");
        assert!(present.lacks(role(SUPER_ADMIN), &UsersRead::PERMISSION));
        assert!(!present.lacks(role(ADMIN), &UsersRead::PERMISSION));
    }

    #[test]
    fn a_new_permission_goes_to_the_roles_that_it_names() {
        let roles = SYSTEM_ROLES.iter().map(|role| (role.name.to_owned(), Uuid::from_u128(role.level as u128)));
        let present = Present { roles: roles.collect(), permissions: HashMap::new(), given: HashSet::new() };
        let with = |permission: &Permission| -> Vec<_> {
            SYSTEM_ROLES.iter().filter(|role| present.lacks(role, permission)).map(|role| role.name).collect()
        };
        assert_eq!(with(&SettingsWrite::PERMISSION), [SUPER_ADMIN]);
        assert_eq!(with(&UsersRead::PERMISSION), [MODERATOR, ADMIN, SUPER_ADMIN]);
    }
}
