//! Permissions and system roles as this version of the program wants them. What nobody may change here follows the program: words of
//! permissions, level and parent of system roles. What administrators may change of these stays as it is.

use crate::error::UsersError;
use crate::store;
use crate::store::{permissions, role_permissions, roles};
use orion_contracts::Author;
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::permissions::{ALL, Permission};
use orion_contracts::roles::{
    ADMIN, EDITOR, GUEST, MODERATOR, ORGANISATION_ADMIN, ORGANISATION_MEMBER, ORGANISATION_OWNER, SUPER_ADMIN, USER,
};
use orion_contracts::users::PermissionScope;
use orion_infra::audit::AuditRecord;
use orion_infra::{Change, Infra};
use sea_orm::ConnectionTrait;
use serde_json::json;
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
    roles: HashMap<String, roles::Model>,
    permissions: HashMap<String, permissions::Model>,
    given: HashSet<(Uuid, Uuid)>,
}

impl Present {
    async fn read(db: &impl ConnectionTrait) -> Result<Self, UsersError> {
        let roles = roles::all(db).await?.into_iter().filter(|role| role.organisation_id.is_none());
        Ok(Self {
            roles: roles.map(|role| (role.name.clone(), role)).collect(),
            permissions: permissions::all(db).await?.into_iter().map(|found| (found.name.clone(), found)).collect(),
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
            (Some(known), Some(found)) => role.name == SUPER_ADMIN && !self.given.contains(&(known.id, found.id)),
            _ => role.gives(permission),
        }
    }

    /// Those of the permissions that are there whose words another version has written, as this one wants them.
    fn reworded(&self) -> Vec<(&permissions::Model, permissions::Model)> {
        let reworded = |permission: &Permission| {
            let before = self.permissions.get(permission.name)?;
            let after = permissions::Model {
                display_name: permission.display_name.to_owned(),
                resource: permission.resource.to_owned(),
                action: permission.action.to_owned(),
                ..before.clone()
            };
            (after != *before).then_some((before, after))
        };
        ALL.iter().filter_map(reworded).collect()
    }

    /// Those of the roles that are there and stand elsewhere than this version wants them.
    fn moved(&self) -> Vec<(&roles::Model, roles::Model)> {
        let moved = |role: &SystemRole| {
            let before = self.roles.get(role.name).filter(|before| before.kind == roles::SYSTEM)?;
            // A parent that is not there yet is made in the same change, and looked at with the next start.
            let parent_id = match role.parent {
                None => None,
                Some(parent) => Some(self.roles.get(parent)?.id),
            };
            let after = roles::Model { level: role.level, parent_id, ..before.clone() };
            (after != *before).then_some((before, after))
        };
        SYSTEM_ROLES.iter().filter_map(moved).collect()
    }

    fn is_complete(&self) -> bool {
        self.reworded().is_empty()
            && self.moved().is_empty()
            && SYSTEM_ROLES.iter().all(|role| self.roles.contains_key(role.name))
            && ALL.iter().all(|permission| {
                self.permissions.contains_key(permission.name)
                    && !SYSTEM_ROLES.iter().any(|role| self.lacks(role, permission))
            })
    }
}

/// Adds what is missing, and changes what another version has written otherwise. Looking costs reads only; writing is done by one
/// process at a time. While two versions run beside each other, the one that was started last has written.
pub(crate) async fn run(infra: &Infra) -> Result<(), UsersError> {
    if Present::read(infra.db.read()).await?.is_complete() {
        return Ok(());
    }
    infra
        .write(Author::PLATFORM, async |change: &mut Change| {
            store::role_catalogue::lock(change).await?;
            let present = Present::read(change).await?;
            follow(change, &present).await?;
            if !change.is_audited() {
                change.unaudited("what the program itself brings is in its version");
            }
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

/// Changes what is there and was written otherwise.
async fn follow(change: &mut Change, present: &Present) -> Result<(), UsersError> {
    for (before, after) in present.reworded() {
        permissions::reword(change, &after).await?;
        let words = |permission: &permissions::Model| {
            json!({
                "display_name": permission.display_name,
                "resource": permission.resource,
                "action": permission.action,
            })
        };
        let record = AuditRecord::new(AuditAction::Update, "permission", "Changed the words of the permission");
        change.audit(record.on(after.id).values(Some(words(before)), Some(words(&after))));
    }
    for (before, after) in present.moved() {
        let after = roles::Model { version: before.version + 1, updated_at: change.now(), ..after };
        roles::update(change, &after).await?;
        let place =
            |role: &roles::Model| json!({ "name": role.name, "level": role.level, "parent_id": role.parent_id });
        let record = AuditRecord::new(AuditAction::Update, "role", "Changed the level or the parent of the role");
        change.audit(record.on(after.id).values(Some(place(before)), Some(place(&after))));
    }
    Ok(())
}

async fn add_missing(change: &Change, present: Present) -> Result<(), UsersError> {
    let now = change.now();
    let new_id = || change.id::<Uuid>();
    let mut permission_ids: HashMap<_, _> =
        present.permissions.iter().map(|(name, found)| (name.clone(), found.id)).collect();
    let mut role_ids: HashMap<_, _> = present.roles.iter().map(|(name, role)| (name.clone(), role.id)).collect();
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
    use chrono::DateTime;
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

    fn permission(known: &Permission, id: u128) -> permissions::Model {
        permissions::Model {
            id: Uuid::from_u128(id),
            name: known.name.to_owned(),
            display_name: known.display_name.to_owned(),
            resource: known.resource.to_owned(),
            action: known.action.to_owned(),
            scope: EVERYWHERE.to_owned(),
            log_decisions: false,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    /// A platform on which all roles and permissions are, as this version wants them.
    fn complete() -> Present {
        let id_of =
            |name: &str| SYSTEM_ROLES.iter().position(|role| role.name == name).map(|at| Uuid::from_u128(at as u128));
        let role = |role: &SystemRole| roles::Model {
            id: id_of(role.name).unwrap_or_default(),
            name: role.name.to_owned(),
            display_name: role.display_name.to_owned(),
            description: Some(role.description.to_owned()),
            kind: roles::SYSTEM.to_owned(),
            scope: role.scope.as_str().to_owned(),
            level: role.level,
            parent_id: role.parent.and_then(id_of),
            organisation_id: None,
            is_active: true,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let ids = ALL.iter().zip(0..);
        Present {
            roles: SYSTEM_ROLES.iter().map(|known| (known.name.to_owned(), role(known))).collect(),
            permissions: ids.map(|(known, id)| (known.name.to_owned(), permission(known, id))).collect(),
            given: HashSet::new(),
        }
    }

    #[test]
    fn what_was_taken_from_a_role_stays_taken_but_super_admin_gets_everything_back() {
        let present = complete();
        let role = |name| SYSTEM_ROLES.iter().find(|role| role.name == name).expect("a system role");
        assert!(present.lacks(role(SUPER_ADMIN), &UsersRead::PERMISSION));
        assert!(!present.lacks(role(ADMIN), &UsersRead::PERMISSION));
    }

    #[test]
    fn a_new_permission_goes_to_the_roles_that_it_names() {
        let present = Present { permissions: HashMap::new(), ..complete() };
        let with = |permission: &Permission| -> Vec<_> {
            SYSTEM_ROLES.iter().filter(|role| present.lacks(role, permission)).map(|role| role.name).collect()
        };
        assert_eq!(with(&SettingsWrite::PERMISSION), [SUPER_ADMIN]);
        assert_eq!(with(&UsersRead::PERMISSION), [MODERATOR, ADMIN, SUPER_ADMIN]);
    }

    #[test]
    fn what_nobody_may_change_follows_the_program_and_what_administrators_may_stays() {
        let mut present = complete();
        assert!(present.reworded().is_empty() && present.moved().is_empty());
        present.permissions.get_mut(UsersRead::PERMISSION.name).expect("there").display_name = "Old words".to_owned();
        let moderator = present.roles.get_mut(MODERATOR).expect("there");
        (moderator.level, moderator.parent_id) = (55, None);
        for name in [ADMIN, EDITOR] {
            present.roles.get_mut(name).expect("there").description = Some("Ours".to_owned());
        }
        let [(_, reworded)] = &present.reworded()[..] else { panic!("one permission") };
        assert_eq!(reworded.display_name, UsersRead::PERMISSION.display_name);
        let [(before, after)] = &present.moved()[..] else { panic!("one role") };
        assert_eq!((before.level, after.level, after.name.as_str()), (55, 60, MODERATOR));
        assert_eq!(after.parent_id, Some(present.roles[USER].id));
    }
}
