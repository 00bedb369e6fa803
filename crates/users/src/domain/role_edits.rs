//! Making, changing and removing roles. Nobody makes or changes a role above themselves, or puts into one what they do not hold
//! for good; and no role inherits from itself.

use super::powers::Powers;
use super::roles::Hierarchy;
use super::{Users, giving, ranks};
use crate::error::UsersError;
use crate::store;
use crate::store::roles::Model;
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::roles::{DEEPEST, SUPER_ADMIN, is_role_name};
use orion_contracts::text::check_lines;
use orion_contracts::users::{CreateRole, MOST_COUNTED, Role, UpdateRole};
use orion_contracts::{FieldCode, FieldFault, Problem, pointers};
use orion_http::Permitted;
use orion_http::identity::{Bounds, Object};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::versions::SeenVersions;
use std::collections::BTreeSet;
use uuid::Uuid;

/// How many roles there can be: every process holds them all.
const MOST_ROLES: usize = 2000;

/// What roles mean before a change, under the lock of the catalogue, and who changes it.
struct Edit<'a> {
    change: &'a mut Change,
    before: Hierarchy,
    after: Hierarchy,
    own_level: i64,
    powers: Powers,
}

impl Users {
    /// Makes a role.
    pub(crate) async fn create_role(
        &self,
        caller: &Permitted,
        key: &IdempotencyKey,
        request: &CreateRole,
    ) -> Result<Role, UsersError> {
        // What reads like an id would be taken for one.
        if !is_role_name(&request.name) || request.name.parse::<Uuid>().is_ok() {
            let message = "must be of lower-case letters, digits, _ and - alone, and no id";
            return Err(UsersError::invalid("name", FieldCode::Invalid, message));
        }
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let mut edit = Edit::begin(change, caller, None).await?;
                if edit.before.roles.len() >= MOST_ROLES {
                    return Err(UsersError::TooManyRoles);
                }
                let is_taken = |role: &Model| role.organisation_id.is_none() && role.name == request.name;
                if edit.before.roles.values().any(is_taken) {
                    return Err(UsersError::RoleNameTaken);
                }
                let now = edit.change.now();
                let role = Model {
                    id: edit.change.id(),
                    name: request.name.clone(),
                    display_name: request.display_name.trim().to_owned(),
                    description: request.description.as_deref().map(description).transpose()?,
                    kind: store::roles::CUSTOM.to_owned(),
                    scope: request.scope.as_str().to_owned(),
                    level: request.level,
                    parent_id: edit.parent(request.parent.as_deref())?,
                    organisation_id: None,
                    is_active: true,
                    version: 1,
                    created_at: now,
                    updated_at: now,
                };
                edit.check_permissions(&request.permissions)?;
                let id = role.id;
                edit.after.own.insert(id, request.permissions.iter().cloned().collect());
                edit.after.roles.insert(id, role.clone());
                edit.check(caller, id).await?;
                store::roles::insert(edit.change, vec![role]).await?;
                edit.finish(caller, id, AuditAction::Create, "Made the role").await
            })
            .await
    }

    /// Changes a role; the role after it.
    pub(crate) async fn update_role(
        &self,
        caller: &Permitted,
        name_or_id: &str,
        seen: &SeenVersions,
        key: &IdempotencyKey,
        request: &UpdateRole,
    ) -> Result<Role, UsersError> {
        self.infra
            .write_once(&caller.caller, key, async |change| {
                let mut edit = Edit::begin(change, caller, Some(name_or_id)).await?;
                let before = edit.before.find(name_or_id).ok_or(UsersError::RoleNotFound)?.clone();
                let id = before.id;
                seen.check(before.version)?;
                let mut role = before.clone();
                if let Some(name) = &request.display_name {
                    name.trim().clone_into(&mut role.display_name);
                }
                if let Some(text) = &request.description {
                    role.description = text.as_deref().map(description).transpose()?;
                }
                if let Some(level) = request.level {
                    role.level = level;
                }
                if let Some(parent) = &request.parent {
                    role.parent_id = edit.parent(parent.as_deref())?;
                }
                if let Some(permissions) = &request.permissions {
                    edit.check_permissions(permissions)?;
                    edit.after.own.insert(id, permissions.iter().cloned().collect());
                }
                let is_same_inside = edit.after.own(id).eq(edit.before.own(id));
                if role == before && is_same_inside {
                    edit.change.unaudited("nothing changed; only the answer is kept");
                    return Ok(edit.before.show(&before));
                }
                refuse_system(&before, &role)?;
                (role.version, role.updated_at) = (before.version + 1, edit.change.now());
                edit.after.roles.insert(id, role.clone());
                edit.check(caller, id).await?;
                store::roles::update(edit.change, &role).await?;
                edit.finish(caller, id, AuditAction::Update, "Changed the role").await
            })
            .await
    }

    /// Removes a role that nobody holds or is promised, and from which no other inherits.
    pub(crate) async fn delete_role(
        &self,
        caller: &Permitted,
        name_or_id: &str,
        seen: &SeenVersions,
    ) -> Result<(), UsersError> {
        self.infra
            .write(&caller.caller, async |change| {
                let mut edit = Edit::begin(change, caller, Some(name_or_id)).await?;
                let role = edit.before.find(name_or_id).ok_or(UsersError::RoleNotFound)?.clone();
                seen.check(role.version)?;
                if role.kind == store::roles::SYSTEM {
                    return Err(UsersError::SystemRole("This role is one of ORION's own, and cannot be removed."));
                }
                giving::refuse_above(edit.change, giving::givers(caller), role.level, None).await?;
                let now = edit.change.now();
                let holders = store::user_roles::count_holders(edit.change, &[role.id], now, MOST_COUNTED).await?;
                let children = edit.before.children(role.id).count();
                // Whoever promises it locks it, so none does so meanwhile.
                let promises = store::invitations::count_promising(edit.change, &role, now, MOST_COUNTED).await?;
                if holders > 0 || promises > 0 || children > 0 {
                    return Err(UsersError::RoleInUse { holders, promises, children });
                }
                edit.after.roles.remove(&role.id);
                edit.after.own.remove(&role.id);
                // To remove a role asks what it asks to take everything out of it.
                let given = changed(&edit.before, &edit.after, role.id);
                edit.powers.refuse_beyond(given, &Object::PLATFORM, None)?;
                store::roles::delete(edit.change, role.id).await?;
                edit.told(role.id, &role.name, AuditAction::Delete, "Removed the role").await
            })
            .await
    }
}

impl<'a> Edit<'a> {
    /// Takes the lock of the catalogue first: of two who change roles the second one sees what the first one has made of them. Then
    /// that of the role, for which whoever gives it at the same time waits, and that of the caller, in the order of those who do.
    async fn begin(change: &'a mut Change, caller: &Permitted, name_or_id: Option<&str>) -> Result<Self, UsersError> {
        store::role_catalogue::lock(change).await?;
        let before = Hierarchy::read(change).await?;
        if let Some(role) = name_or_id {
            let role = before.find(role).ok_or(UsersError::RoleNotFound)?;
            store::roles::lock_id(change, role.id).await?.ok_or(UsersError::RoleNotFound)?;
        }
        ranks::lock_caller(change, caller, &Object::PLATFORM).await?;
        let own_level = ranks::level(change, caller).await?;
        let powers = Powers::of_caller(change, caller, Bounds::from(&*caller.claims), &before).await?;
        Ok(Self { change, after: before.clone(), before, own_level, powers })
    }

    /// The id of the parent of this name.
    fn parent(&self, name: Option<&str>) -> Result<Option<Uuid>, UsersError> {
        let Some(name) = name else { return Ok(None) };
        match self.before.find(name) {
            Some(parent) if parent.name == SUPER_ADMIN => {
                Err(UsersError::invalid("parent", FieldCode::Invalid, "must not be super_admin"))
            }
            Some(parent) => Ok(Some(parent.id)),
            None => Err(UsersError::invalid("parent", FieldCode::Invalid, "must be the name of a role")),
        }
    }

    fn check_permissions(&self, names: &[String]) -> Result<(), UsersError> {
        let Some(unknown) = names.iter().find(|name| !self.before.permissions.contains_key(*name)) else {
            return Ok(());
        };
        let message = format!("has {unknown}, which is no permission; {}", pointers::PERMISSIONS);
        Err(Problem::validation().field("permissions", FieldCode::Invalid, message).into())
    }

    /// Refuses what the caller may not make of a role, or what would not be a hierarchy any more.
    async fn check(&self, caller: &Permitted, role: Uuid) -> Result<(), UsersError> {
        check_shape(&self.after, role)?;
        let levels = [&self.before, &self.after].into_iter().filter_map(|known| Some(known.roles.get(&role)?.level));
        giving::refuse_above(self.change, giving::givers(caller), levels.max().unwrap_or_default(), None).await?;
        let changed = changed(&self.before, &self.after, role);
        if changed.is_empty() {
            return Ok(());
        }
        // Who inherits from it is touched as well.
        for descendant in self.after.with_descendants(role) {
            if self.after.roles.get(&descendant).is_some_and(|below| below.level > self.own_level) {
                return Err(UsersError::RoleAboveCaller);
            }
        }
        // By a permission under a condition nobody gives anything, as with roles that are assigned.
        let gives = self.after.effective(role).difference(&self.before.effective(role)).next().is_some();
        if gives {
            self.powers.refuse_now([&caller.demanded.name.to_owned()], &Object::PLATFORM)?;
        }
        self.powers.refuse_beyond(changed, &Object::PLATFORM, None)
    }

    /// Writes what the role gives by itself, and tells of the change; the role after it.
    async fn finish(
        mut self,
        caller: &Permitted,
        role: Uuid,
        action: AuditAction,
        words: &'static str,
    ) -> Result<Role, UsersError> {
        let (before, after): (BTreeSet<_>, BTreeSet<_>) =
            (self.before.own(role).collect(), self.after.own(role).collect());
        let ids = |names: Vec<&&String>| -> Vec<Uuid> {
            names.into_iter().filter_map(|name| self.before.permissions.get(*name).copied()).collect()
        };
        let (taken, given) = (ids(before.difference(&after).collect()), ids(after.difference(&before).collect()));
        store::role_permissions::delete(self.change, role, &taken).await?;
        let row = |permission_id| store::role_permissions::Model {
            id: self.change.id(),
            role_id: role,
            permission_id,
            organisation_id: None,
            granted_by: Some(caller.user_id().0),
            granted_at: self.change.now(),
        };
        let given = given.into_iter().map(row).collect();
        store::role_permissions::insert(self.change, given).await?;
        let shown = self.after.roles.get(&role).map(|model| self.after.show(model)).ok_or(UsersError::RoleNotFound)?;
        self.told(role, &shown.name, action, words).await?;
        Ok(shown)
    }

    /// Audits the change, and has every process read what roles mean from now on.
    async fn told(&mut self, role: Uuid, name: &str, action: AuditAction, words: &str) -> Result<(), UsersError> {
        let values = |known: &Hierarchy| known.roles.get(&role).map(|model| audited(&known.show(model))).transpose();
        let record = AuditRecord::new(action, "role", format!("{words} {name}")).on(role);
        let record = record.values(values(&self.before)?, values(&self.after)?);
        self.change.audit(record);
        let version = store::role_catalogue::raise(self.change).await?;
        self.change.announce(BusMessage::RolesChanged { version });
        Ok(())
    }
}

/// What the audit log keeps of a role.
fn audited(role: &Role) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(role).map_err(|error| {
        tracing::error!(%error, "a role cannot be written as JSON");
        Problem::internal()
    })
}

/// A description: lines of which all is seen.
fn description(text: &str) -> Result<String, UsersError> {
    check_lines(text).map_err(|fault| UsersError::Invalid { field: "description", fault })?;
    Ok(text.to_owned())
}

/// Of ORION's own roles words and permissions change, and of `super_admin` nothing.
fn refuse_system(before: &Model, after: &Model) -> Result<(), UsersError> {
    if before.name == SUPER_ADMIN {
        return Err(UsersError::SystemRole("super_admin may do everything, and is not changed."));
    }
    let is_moved = (before.level, before.parent_id) != (after.level, after.parent_id);
    match before.kind == store::roles::SYSTEM && is_moved {
        true => Err(UsersError::SystemRole("Level and parent of a role of ORION's own cannot be changed.")),
        false => Ok(()),
    }
}

/// What a role gives by itself or by inheritance on one side of a change alone.
fn changed<'a>(before: &'a Hierarchy, after: &'a Hierarchy, role: Uuid) -> BTreeSet<&'a String> {
    let mut changed: BTreeSet<&String> =
        before.effective(role).symmetric_difference(&after.effective(role)).copied().collect();
    let (own_before, own_after): (BTreeSet<_>, BTreeSet<_>) = (before.own(role).collect(), after.own(role).collect());
    changed.extend(own_before.symmetric_difference(&own_after));
    changed
}

/// Refuses a circle, and a role that stands below one that it inherits from: who may give it could give what stands above them.
fn check_shape(after: &Hierarchy, role: Uuid) -> Result<(), UsersError> {
    if after.is_circular(role) {
        return Err(UsersError::RoleCircle);
    }
    let deepest = after.with_descendants(role).into_iter().map(|below| after.lineage(below).count()).max();
    if deepest.is_some_and(|depth| depth > DEEPEST) {
        let message = format!("must leave no more than {DEEPEST} roles in a line");
        return Err(UsersError::Invalid { field: "parent", fault: FieldFault::new(FieldCode::OutOfRange, message) });
    }
    let Some(made) = after.roles.get(&role) else { return Ok(()) };
    let parent = made.parent_id.and_then(|parent| after.roles.get(&parent));
    if parent.is_some_and(|parent| parent.scope != made.scope) {
        return Err(UsersError::invalid("parent", FieldCode::Invalid, "must be held where the role is, by its scope"));
    }
    let is_below_parent = parent.is_some_and(|parent| parent.level > made.level);
    if is_below_parent {
        return Err(UsersError::invalid("level", FieldCode::OutOfRange, "must be at least that of the parent"));
    }
    let is_above_child = after.children(role).any(|child| child.level < made.level);
    if is_above_child {
        let message = "must be at most that of every role that inherits from it";
        return Err(UsersError::invalid("level", FieldCode::OutOfRange, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::roles::tests::{hierarchy, id};
    use super::*;

    #[test]
    fn roles_form_no_circle_and_stand_no_lower_than_their_parents() {
        assert!(check_shape(&hierarchy([(1, 10, None), (2, 10, Some(1)), (3, 20, Some(2))]), id(2)).is_ok());
        let line = |length: u8| {
            hierarchy((1..=length).map(|role| (role, 10, role.checked_sub(1).filter(|parent| *parent > 0))))
        };
        assert!(check_shape(&line(20), id(1)).is_ok());
        assert!(check_shape(&line(21), id(1)).is_err());
        let circle = hierarchy([(1, 10, Some(3)), (2, 10, Some(1)), (3, 10, Some(2))]);
        assert!(matches!(check_shape(&circle, id(2)), Err(UsersError::RoleCircle)));
        let below = hierarchy([(1, 30, None), (2, 20, Some(1))]);
        for role in [1, 2] {
            assert!(matches!(check_shape(&below, id(role)), Err(UsersError::Invalid { field: "level", .. })));
        }
    }

    #[test]
    fn what_a_role_gives_by_itself_is_changed_also_where_it_inherits_the_same() {
        let mut before = hierarchy([(1, 10, None), (2, 10, Some(1))]);
        before.own.insert(id(1), ["a.b".to_owned()].into());
        let mut after = before.clone();
        after.own.insert(id(2), ["a.b".to_owned()].into());
        assert_eq!(changed(&before, &after, id(2)).into_iter().collect::<Vec<_>>(), ["a.b"]);
        assert!(changed(&before, &before, id(2)).is_empty());
    }
}
