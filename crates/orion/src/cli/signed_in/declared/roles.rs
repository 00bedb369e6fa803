//! What becomes of roles.

use super::file::WantedRole;
use super::found::Found;
use super::plan::{Action, Draft, Fields, Kind};
use super::read::{At, Wanted};
use super::shape::{Node, Shape};
use super::step::Step;
use crate::cli::signed_in::words::like;
use garde::Validate;
use orion_contracts::roles::{SUPER_ADMIN, is_role_name};
use orion_contracts::text::check_lines;
use orion_contracts::users::{CreateRole, Role, UpdateRole};
use std::collections::{BTreeMap, BTreeSet};

/// Roles before and after, and which of them are made, changed and removed.
#[derive(Debug, Default)]
pub(super) struct Roles {
    pub(super) before: Shape,
    pub(super) after: Shape,
    pub(super) touched: BTreeSet<String>,
    pub(super) removed: BTreeSet<String>,
}

/// Compares what is wanted with what is there.
pub(super) fn compare(draft: &mut Draft, wanted: &Wanted, found: &Found, prune: bool) -> Roles {
    let before = found.shape();
    let mut roles = Roles { after: before.clone(), before, ..Roles::default() };
    let Some(named) = &wanted.roles else { return roles };
    let mut steps = BTreeMap::new();
    for (name, role) in named {
        let step = match found.roles.get(name) {
            Some(there) => change(draft, &mut roles, name, role, there),
            None => create(draft, &mut roles, name, role),
        };
        if let Some(step) = step {
            roles.touched.insert(name.clone());
            steps.insert(name.clone(), step);
        }
        check_permissions(draft, found, name, role);
    }
    if prune {
        remove(draft, &mut roles, named, found);
    }
    check_shape(draft, &roles, named);
    if !draft.obstacles.is_empty() {
        return roles;
    }
    match roles.before.steps_to(&roles.after_with_removed(), roles.touched.iter().map(String::as_str)) {
        Ok(order) => draft.steps.extend(order.into_iter().filter_map(|name| steps.remove(name))),
        Err(left) => {
            let message = "no order is found in which these can be changed one after the other; change their levels first, and the rest after it";
            draft.obstacle(None, format!("roles {}", left.join(", ")), message);
        }
    }
    let removed = roles.before.removals(roles.removed.iter().map(String::as_str));
    let step = |name: &str| Some(Step::RemoveRole { role: name.to_owned(), version: found.roles.get(name)?.version });
    draft.removals.extend(removed.into_iter().filter_map(step).rev());
    roles
}

impl Roles {
    /// As it is before anything is removed, which is done last.
    fn after_with_removed(&self) -> Shape {
        let mut all = self.after.clone();
        for name in &self.removed {
            if let Some(node) = self.before.0.get(name) {
                all.0.insert(name.clone(), node.clone());
            }
        }
        all
    }

    /// Roles that give less than before, with what they give no more. What is removed has nobody who loses it.
    pub(super) fn losses(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let kept = self.before.0.keys().filter(|name| self.after.0.contains_key(*name));
        let losses = kept.map(|name| {
            let (before, after) = (self.before.effective(name), self.after.effective(name));
            (name.as_str(), before.difference(&after).copied().collect::<BTreeSet<_>>())
        });
        losses.filter(|(_, lost)| !lost.is_empty()).collect()
    }
}

fn subject(name: &str) -> String {
    format!("role {name}")
}

fn create(draft: &mut Draft, roles: &mut Roles, name: &str, role: &At<WantedRole>) -> Option<Step> {
    let (place, wanted) = (Some(&role.place), &role.value);
    if !is_role_name(name) || name.parse::<orion_contracts::RoleId>().is_ok() {
        let message = "a role is named by lower-case letters, digits, _ and -, 100 at most, and by no id";
        draft.obstacle(place, subject(name), message);
        return None;
    }
    let Some(level) = wanted.level else {
        draft.obstacle(place, subject(name), "it is not there yet, and needs a level to be made");
        return None;
    };
    let request = CreateRole {
        name: name.to_owned(),
        display_name: wanted.display_name.clone().unwrap_or_else(|| name.to_owned()),
        description: wanted.description.clone().flatten(),
        level,
        scope: wanted.scope.unwrap_or_default(),
        parent: wanted.parent.clone().flatten(),
        permissions: wanted.permissions.iter().flatten().cloned().collect(),
    };
    check(draft, name, role, &request);
    let mut fields = Fields::default();
    fields.compare("display_name", &None, Some(&Some(&request.display_name)));
    fields.compare("description", &None, Some(&request.description));
    fields.compare("level", &None, Some(&Some(request.level)));
    fields.compare("scope", &None, Some(&Some(request.scope.as_str())));
    fields.compare("parent", &None, Some(&request.parent));
    fields.compare("permissions", &Vec::new(), Some(&request.permissions));
    draft.note(Action::Create, Kind::Role, name, place, fields.0);
    let (scope, parent) = (request.scope, request.parent.clone());
    let own = request.permissions.iter().cloned().collect();
    roles.after.0.insert(name.to_owned(), Node { level, scope, parent, own });
    Some(Step::CreateRole { request })
}

fn change(draft: &mut Draft, roles: &mut Roles, name: &str, role: &At<WantedRole>, there: &Role) -> Option<Step> {
    let (place, wanted) = (Some(&role.place), &role.value);
    let mut fields = Fields::default();
    let display_name = wanted.display_name.as_ref().map(|text| text.trim().to_owned());
    let own: BTreeSet<String> = there.own_permissions.iter().cloned().collect();
    let is_renamed = fields.compare("display_name", &there.display_name, display_name.as_ref());
    let is_described = fields.compare("description", &there.description, wanted.description.as_ref());
    let is_moved = fields.compare("level", &there.level, wanted.level.as_ref());
    let is_rescoped = fields.compare("scope", &there.scope, wanted.scope.as_ref());
    let is_reparented = fields.compare("parent", &there.parent, wanted.parent.as_ref());
    let is_regiven = fields.compare("permissions", &own, wanted.permissions.as_ref());
    if is_rescoped {
        let message = format!("its scope is {} and never changes; make another role", there.scope.as_str());
        draft.obstacle(Some(&role.field("scope")), subject(name), message);
    }
    if there.name == SUPER_ADMIN && !fields.0.is_empty() {
        draft.obstacle(place, subject(name), "super_admin may do everything, and is not changed");
    } else if there.is_system && (is_moved || is_reparented) {
        let field = if is_moved { "level" } else { "parent" };
        let message = "level and parent of a role of ORION's own cannot be changed";
        draft.obstacle(Some(&role.field(field)), subject(name), message);
    }
    let is_changed = !fields.0.is_empty();
    draft.note(Action::Change, Kind::Role, name, place, fields.0);
    if !is_changed {
        return None;
    }
    let request = UpdateRole {
        display_name: display_name.filter(|_| is_renamed),
        description: wanted.description.clone().filter(|_| is_described),
        level: wanted.level.filter(|_| is_moved),
        parent: wanted.parent.clone().filter(|_| is_reparented),
        permissions: wanted.permissions.as_ref().filter(|_| is_regiven).map(|names| names.iter().cloned().collect()),
    };
    check(draft, name, role, &request);
    let node = Node {
        level: wanted.level.unwrap_or(there.level),
        scope: there.scope,
        parent: wanted.parent.clone().unwrap_or_else(|| there.parent.clone()),
        own: wanted.permissions.clone().unwrap_or(own),
    };
    roles.after.0.insert(name.to_owned(), node);
    Some(Step::ChangeRole { role: name.to_owned(), version: there.version, request })
}

/// The bounds that the platform has for each field.
fn check(draft: &mut Draft, name: &str, role: &At<WantedRole>, request: &impl Validate<Context = ()>) {
    super::check_bounds(draft, role, subject(name), request);
    if let Some(Err(fault)) = role.value.description.iter().flatten().map(|text| check_lines(text)).next() {
        draft.obstacle(Some(&role.field("description")), subject(name), format!("description: {fault}"));
    }
}

fn check_permissions(draft: &mut Draft, found: &Found, name: &str, role: &At<WantedRole>) {
    for unknown in role.value.permissions.iter().flatten().filter(|name| !found.permissions.contains(*name)) {
        let message = format!(
            "{unknown} is no permission; `orion permission list` shows them{}",
            like(unknown, &found.permissions)
        );
        draft.obstacle(Some(&role.given("permissions", unknown, None)), subject(name), message);
    }
}

fn remove(draft: &mut Draft, roles: &mut Roles, named: &BTreeMap<String, At<WantedRole>>, found: &Found) {
    for (name, role) in found.roles.iter().filter(|(name, role)| !role.is_system && !named.contains_key(*name)) {
        roles.after.0.remove(name);
        roles.removed.insert(name.clone());
        let mut fields = Fields::default();
        fields.compare("display_name", &Some(&role.display_name), Some(&None));
        fields.compare("permissions", &role.own_permissions, Some(&Vec::new()));
        draft.note(Action::Remove, Kind::Role, name, None, fields.0);
    }
}

/// Of roles that nothing is wanted of, too: their parents may have moved.
fn check_shape(draft: &mut Draft, roles: &Roles, named: &BTreeMap<String, At<WantedRole>>) {
    let mut told: BTreeSet<Vec<&str>> = BTreeSet::new();
    for (name, node) in &roles.after.0 {
        let Some((field, mut message)) = roles.after.fault(name) else { continue };
        if let Some(mut circle) = roles.after.circle(name) {
            circle.sort_unstable();
            if !told.insert(circle) {
                continue;
            }
        }
        if let Some(parent) = node.parent.as_ref().filter(|parent| roles.removed.contains(*parent)) {
            message = format!("it inherits from {parent}, which is in no file and would be removed");
        } else if let Some(parent) = node.parent.as_ref().filter(|parent| !roles.after.0.contains_key(*parent)) {
            let known: BTreeSet<String> = roles.after.0.keys().cloned().collect();
            message.push_str(&like(parent, &known));
        }
        // Of a parent that cannot be made that is said already.
        let is_unmade = |parent: &String| named.contains_key(parent) && !roles.after.0.contains_key(parent);
        if node.parent.as_ref().is_some_and(is_unmade) {
            continue;
        }
        let place = named.get(name).map(|role| role.field(field));
        let place = place.or_else(|| Some(named.get(node.parent.as_ref()?)?.field("level")));
        draft.obstacle(place.as_ref(), subject(name), message);
    }
}
