//! What the roles mean that a plan gives, makes or changes. Who agrees to a plan agrees to that, and whoever gives a role names no version of it.

use super::shape::Shape;
use super::step::Step;
use orion_contracts::RoleId;
use orion_contracts::users::{PermissionScope, Role};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a role means once its plan is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meaning {
    /// None where the plan makes it.
    id: Option<RoleId>,
    level: i64,
    scope: PermissionScope,
    /// All that it gives, inherited or not.
    permissions: BTreeSet<String>,
}

impl Meaning {
    /// In words what has become of it, if something has.
    pub(super) fn changed(&self, now: &Self) -> Option<String> {
        if self.id.is_some() && self.id != now.id {
            return Some("is another one of the same name".to_owned());
        }
        if self.scope != now.scope {
            return Some(format!("has the scope {} by now", now.scope.as_str()));
        }
        if self.level != now.level {
            return Some(format!("has the level {} by now", now.level));
        }
        let beyond = |one: &Self, other: &Self| {
            let more: Vec<_> = one.permissions.difference(&other.permissions).cloned().collect();
            Some(more.join(", ")).filter(|more| !more.is_empty())
        };
        let more = beyond(now, self).map(|more| format!("gives {more} as well by now"));
        more.or_else(|| Some(format!("does not give {} any more", beyond(self, now)?)))
    }
}

/// The roles on whose meaning steps rest.
pub(super) fn named(steps: &[Step]) -> impl Iterator<Item = &str> {
    steps.iter().filter_map(|step| match step {
        Step::GiveRole { role, .. } | Step::ChangeRole { role, .. } => Some(role.as_str()),
        Step::CreateRole { request } => Some(request.name.as_str()),
        Step::RemoveRole { .. }
        | Step::CreateOrganisation { .. }
        | Step::ChangeOrganisation { .. }
        | Step::RemoveOrganisation { .. }
        | Step::CreateTeam { .. }
        | Step::ChangeTeam { .. }
        | Step::RemoveTeam { .. }
        | Step::CreateServiceAccount { .. }
        | Step::ChangeServiceAccount { .. }
        | Step::RemoveServiceAccount { .. }
        | Step::TakeRole { .. }
        | Step::GivePermission { .. }
        | Step::ClearPermission { .. }
        | Step::ReplaceRoutes { .. } => None,
    })
}

/// What roles mean in a hierarchy; those that are not in it are left out.
pub(super) fn of<'a>(
    names: impl Iterator<Item = &'a str>,
    there: &BTreeMap<String, Role>,
    shape: &Shape,
) -> BTreeMap<String, Meaning> {
    let meaning = |name: &'a str| {
        let node = shape.0.get(name)?;
        let permissions = shape.effective(name).into_iter().map(str::to_owned).collect();
        let id = there.get(name).map(|role| role.id);
        Some((name.to_owned(), Meaning { id, level: node.level, scope: node.scope, permissions }))
    };
    names.filter_map(meaning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_become_of_a_role_is_told() {
        let id = |n: u8| Some(format!("00000000-0000-7000-8000-00000000000{n}").parse::<RoleId>().expect("an id"));
        let role = |id, level, permissions: &[&str]| Meaning {
            id,
            level,
            scope: PermissionScope::Global,
            permissions: permissions.iter().map(|name| (*name).to_owned()).collect(),
        };
        let planned = role(id(1), 30, &["users.read", "users.write"]);
        for (now, told) in [
            (planned.clone(), None),
            (role(id(2), 30, &["users.read", "users.write"]), Some("is another one of the same name")),
            (role(id(1), 40, &["users.read", "users.write"]), Some("has the level 40 by now")),
            (
                role(id(1), 30, &["users.delete", "users.read", "users.write"]),
                Some("gives users.delete as well by now"),
            ),
            (role(id(1), 30, &["users.read"]), Some("does not give users.write any more")),
        ] {
            assert_eq!(planned.changed(&now).as_deref(), told);
        }
        let made = Meaning { id: None, ..planned.clone() };
        assert_eq!(made.changed(&planned), None, "one that the plan makes has no id before");
    }
}
