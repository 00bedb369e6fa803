//! Permissions and system roles as this version of the program wants them.

use crate::error::UsersError;
use crate::store;
use crate::store::{permissions, role_permissions, roles};
use orion_contracts::Author;
use orion_contracts::bus::BusMessage;
use orion_contracts::permissions::ALL;
use orion_contracts::roles::{GUEST, SUPER_ADMIN, USER};
use orion_infra::{Change, Infra};
use sea_orm::ConnectionTrait;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Where roles and permissions are valid; narrower scopes come with organisations.
const EVERYWHERE: &str = "global";

/// A role that every platform has.
struct SystemRole {
    name: &'static str,
    display_name: &'static str,
    description: &'static str,
    level: i64,
    /// Whose permissions it has as well.
    parent: Option<&'static str>,
    gives: Gives,
}

/// What a system role gives beside what it inherits.
enum Gives {
    /// Everything, later permissions included.
    Everything,
    /// Everything but these.
    AllBut(&'static [&'static str]),
    /// These.
    Only(&'static [&'static str]),
}

impl Gives {
    fn includes(&self, permission: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::AllBut(names) => !names.contains(&permission),
            Self::Only(names) => names.contains(&permission),
        }
    }
}

/// Each after its parent.
const SYSTEM_ROLES: &[SystemRole] = &[
    SystemRole {
        name: GUEST,
        display_name: "Guest",
        description: "Somebody whose e-mail address is not verified yet.",
        level: 10,
        parent: None,
        gives: Gives::Only(&["profile.read", "inbox.read"]),
    },
    SystemRole {
        name: USER,
        display_name: "User",
        description: "Somebody with a verified e-mail address.",
        level: 20,
        parent: Some(GUEST),
        gives: Gives::Only(&["profile.write"]),
    },
    SystemRole {
        name: "editor",
        display_name: "Editor",
        description: "Writes what is sent to people.",
        level: 40,
        parent: Some(USER),
        gives: Gives::Only(&["console.use", "templates.read", "templates.write", "notifications.read"]),
    },
    SystemRole {
        name: "moderator",
        display_name: "Moderator",
        description: "Looks after users and their sessions.",
        level: 60,
        parent: Some(USER),
        gives: Gives::Only(&[
            "console.use",
            "users.read",
            "roles.read",
            "sessions.read",
            "sessions.revoke",
            "notifications.read",
            "health.read",
            "events.read",
        ]),
    },
    SystemRole {
        name: "admin",
        display_name: "Administrator",
        description: "Runs the platform from day to day, without changing its settings or what roles mean.",
        level: 80,
        parent: None,
        gives: Gives::AllBut(&["settings.write", "roles.write"]),
    },
    SystemRole {
        name: SUPER_ADMIN,
        display_name: "Super administrator",
        description: "May do everything. Somebody always holds this role.",
        level: 100,
        parent: None,
        gives: Gives::Everything,
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
    fn lacks(&self, role: &SystemRole, permission: &str) -> bool {
        match (self.roles.get(role.name), self.permissions.get(permission)) {
            (Some(role_id), Some(permission_id)) => {
                matches!(role.gives, Gives::Everything) && !self.given.contains(&(*role_id, *permission_id))
            }
            _ => role.gives.includes(permission),
        }
    }

    fn is_complete(&self) -> bool {
        SYSTEM_ROLES.iter().all(|role| self.roles.contains_key(role.name))
            && ALL.iter().all(|permission| {
                self.permissions.contains_key(permission.name)
                    && !SYSTEM_ROLES.iter().any(|role| self.lacks(role, permission.name))
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
            scope: EVERYWHERE.to_owned(),
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
        for permission in ALL.iter().filter(|permission| present.lacks(role, permission.name)) {
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

    #[test]
    fn roles_name_permissions_that_exist_and_parents_that_stand_before_them() {
        for (at, role) in SYSTEM_ROLES.iter().enumerate() {
            if let Gives::Only(names) | Gives::AllBut(names) = role.gives {
                for name in names {
                    assert!(ALL.iter().any(|permission| permission.name == *name), "{} names {name}", role.name);
                }
            }
            if let Some(parent) = role.parent {
                let parent = SYSTEM_ROLES[..at].iter().find(|other| other.name == parent).expect("a parent before");
                assert!(parent.level < role.level, "{} is below its parent", role.name);
            }
        }
    }

    #[test]
    fn what_was_taken_from_a_role_stays_taken_but_super_admin_gets_everything_back() {
        let roles = SYSTEM_ROLES.iter().map(|role| (role.name.to_owned(), Uuid::from_u128(role.level as u128)));
        let permissions =
            ALL.iter().enumerate().map(|(at, known)| (known.name.to_owned(), Uuid::from_u128(at as u128)));
        let present = Present { roles: roles.collect(), permissions: permissions.collect(), given: HashSet::new() };
        let role = |name| SYSTEM_ROLES.iter().find(|role| role.name == name).expect("a system role");
        assert!(present.lacks(role(SUPER_ADMIN), "users.read"));
        assert!(!present.lacks(role("admin"), "users.read"));
    }

    #[test]
    fn a_new_permission_goes_to_the_roles_that_include_it() {
        let roles = SYSTEM_ROLES.iter().map(|role| (role.name.to_owned(), Uuid::from_u128(role.level as u128)));
        let present = Present { roles: roles.collect(), permissions: HashMap::new(), given: HashSet::new() };
        let with = |permission: &str| -> Vec<_> {
            SYSTEM_ROLES.iter().filter(|role| present.lacks(role, permission)).map(|role| role.name).collect()
        };
        assert_eq!(with("settings.write"), [SUPER_ADMIN]);
        assert_eq!(with("users.read"), ["moderator", "admin", SUPER_ADMIN]);
    }
}
