//! Roles as they inherit from each other, before a change and after it, and an order in which the platform takes the changes.

use orion_contracts::roles::DEEPEST;
use orion_contracts::users::{PermissionScope, Role};
use std::collections::{BTreeMap, BTreeSet};

/// What of a role bears on others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) level: i64,
    pub(super) scope: PermissionScope,
    pub(super) parent: Option<String>,
    pub(super) own: BTreeSet<String>,
}

impl From<&Role> for Node {
    fn from(role: &Role) -> Self {
        let own = role.own_permissions.iter().cloned().collect();
        Self { level: role.level, scope: role.scope, parent: role.parent.clone(), own }
    }
}

/// Roles by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shape(pub(super) BTreeMap<String, Node>);

impl Shape {
    /// A role, its parent, and so on up. A circle ends where it closes.
    pub(super) fn lineage<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut line: Vec<&str> = Vec::new();
        let mut next = self.0.contains_key(name).then_some(name);
        while let Some(role) = next.filter(|role| !line.contains(role)) {
            line.push(role);
            next =
                self.0.get(role).and_then(|node| node.parent.as_deref()).filter(|parent| self.0.contains_key(*parent));
        }
        line
    }

    /// The circle that a role stands in, or comes to, beginning with one of it.
    pub(super) fn circle<'a>(&'a self, name: &'a str) -> Option<Vec<&'a str>> {
        let line = self.lineage(name);
        let back = self.0.get(*line.last()?)?.parent.as_deref()?;
        let start = line.iter().position(|role| *role == back)?;
        Some(line[start..].to_vec())
    }

    /// What a role gives, inherited or not.
    pub(super) fn effective(&self, name: &str) -> BTreeSet<&str> {
        let own = |role: &str| self.0.get(role).map(|node| node.own.iter().map(String::as_str));
        self.lineage(name).into_iter().filter_map(own).flatten().collect()
    }

    /// The roles that inherit from one directly.
    pub(super) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(_, node)| node.parent.as_deref() == Some(name)).map(|(child, _)| child.as_str())
    }

    /// A role, and all that inherit from it.
    pub(super) fn with_descendants<'a>(&'a self, name: &str) -> Vec<&'a str> {
        self.0.keys().map(String::as_str).filter(|role| self.lineage(role).contains(&name)).collect()
    }

    /// What is wrong with a role among the others, if something is, and by which field: what the platform would refuse.
    pub(super) fn fault(&self, name: &str) -> Option<(&'static str, String)> {
        let node = self.0.get(name)?;
        if let Some(circle) = self.circle(name) {
            let line: Vec<_> = circle.iter().chain(circle.first()).copied().collect();
            return Some(("parent", format!("it would inherit from itself: {}", line.join(" -> "))));
        }
        let parent = node.parent.as_ref()?;
        let Some(above) = self.0.get(parent) else {
            return Some(("parent", format!("there is no role {parent} to inherit from")));
        };
        if above.scope != node.scope {
            let (own, other) = (node.scope.as_str(), above.scope.as_str());
            return Some(("parent", format!("its scope is {own}, and that of its parent {parent} is {other}")));
        }
        if above.level > node.level {
            let message = format!("its level {} is below that of its parent {parent}, {}", node.level, above.level);
            return Some(("level", message));
        }
        let is_too_deep = self.lineage(name).len() > DEEPEST;
        is_too_deep.then(|| ("parent", format!("more than {DEEPEST} roles would stand in a line")))
    }

    /// Whether the platform would take a role as it stands here.
    fn takes(&self, name: &str) -> bool {
        self.fault(name).is_none() && self.children(name).all(|child| self.fault(child).is_none())
    }

    /// The order in which roles are made and changed from these to those, such that each step leaves a hierarchy: parents first, where
    /// nothing speaks against it. Those for which there is none.
    pub(super) fn steps_to<'a>(
        &self,
        after: &'a Self,
        touched: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<&'a str>, Vec<&'a str>> {
        let mut left: Vec<&str> = touched.into_iter().collect();
        left.sort_by_key(|name| (after.lineage(name).len(), *name));
        let (mut now, mut order) = (self.clone(), Vec::new());
        while !left.is_empty() {
            let fits = left.iter().position(|name| {
                let Some(node) = after.0.get(*name) else { return false };
                let mut next = now.clone();
                next.0.insert((*name).to_owned(), node.clone());
                let fits = next.takes(name);
                if fits {
                    now = next;
                }
                fits
            });
            match fits {
                Some(at) => order.push(left.remove(at)),
                None => return Err(left),
            }
        }
        Ok(order)
    }

    /// The order in which roles are removed: those that inherit first.
    pub(super) fn removals<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let mut names: Vec<&str> = names.into_iter().collect();
        names.sort_by_key(|name| (std::cmp::Reverse(self.lineage(name).len()), *name));
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(roles: &[(&str, i64, Option<&str>)]) -> Shape {
        let node = |level, parent: Option<&str>| Node {
            level,
            scope: PermissionScope::Global,
            parent: parent.map(str::to_owned),
            own: BTreeSet::new(),
        };
        Shape(roles.iter().map(|(name, level, parent)| ((*name).to_owned(), node(*level, *parent))).collect())
    }

    #[test]
    fn circles_missing_parents_and_levels_are_found_before_anything_is_sent() {
        let circle = shape(&[("a", 1, Some("c")), ("b", 1, Some("a")), ("c", 1, Some("b")), ("d", 1, Some("a"))]);
        assert_eq!(circle.fault("a").unwrap().1, "it would inherit from itself: a -> c -> b -> a");
        assert!(circle.fault("d").unwrap().1.contains("a -> c -> b -> a"), "it comes to one");
        assert_eq!(shape(&[("a", 1, Some("a"))]).fault("a").unwrap().1, "it would inherit from itself: a -> a");
        let lines = shape(&[("a", 1, Some("x")), ("b", 9, None), ("c", 8, Some("b"))]);
        assert_eq!(lines.fault("a").unwrap(), ("parent", "there is no role x to inherit from".to_owned()));
        assert_eq!(lines.fault("c").unwrap(), ("level", "its level 8 is below that of its parent b, 9".to_owned()));
        assert_eq!(lines.fault("b"), None);
        let names: Vec<_> = (0..21).map(|n| format!("r{n:02}")).collect();
        let line: Vec<_> = (0..21)
            .map(|n: usize| (names[n].as_str(), 1, n.checked_sub(1).map(|above| names[above].as_str())))
            .collect();
        assert_eq!(shape(&line[..20]).fault("r19"), None);
        assert_eq!(shape(&line).fault("r20").unwrap().1, "more than 20 roles would stand in a line");
    }

    #[test]
    fn parents_come_before_children_and_levels_rise_from_below() {
        let before = shape(&[("user", 10, None)]);
        let after = shape(&[("user", 10, None), ("a", 30, Some("b")), ("b", 20, Some("c")), ("c", 20, Some("user"))]);
        assert_eq!(before.steps_to(&after, ["a", "b", "c"]).unwrap(), ["c", "b", "a"]);
        assert_eq!(after.removals(["a", "b", "c"]), ["a", "b", "c"]);
        let (low, high) =
            (shape(&[("p", 10, None), ("q", 10, Some("p"))]), shape(&[("p", 20, None), ("q", 20, Some("p"))]));
        assert_eq!(low.steps_to(&high, ["p", "q"]).unwrap(), ["q", "p"], "the child first, where levels rise");
        assert_eq!(high.steps_to(&low, ["p", "q"]).unwrap(), ["p", "q"], "the parent first, where they fall");
        // Who inherits from whom is turned round: at no moment is there a circle.
        let turned = shape(&[("p", 10, Some("q")), ("q", 10, None)]);
        assert_eq!(low.steps_to(&turned, ["p", "q"]).unwrap(), ["q", "p"]);
    }

    prop_compose! {
        /// Roles without circles: each inherits from one of a lower number, on no lower level, of some.
        fn shapes()(picks in proptest::collection::vec((0usize..8, 0i64..3, any::<bool>(), 0u8..16), 8), turn in 0usize..8) -> Shape {
            let name = |n: usize| format!("r{}", (n + turn) % 8);
            let mut shape = Shape::default();
            for (n, (pick, more, inherits, own)) in picks.iter().enumerate() {
                let parent = (*inherits && n > 0).then(|| name(pick % n));
                let floor = parent.as_ref().map_or(1, |parent| shape.0[parent].level);
                let own = (0..4).filter(|bit| own & (1 << bit) != 0).map(|bit| format!("p.{bit}")).collect();
                shape.0.insert(name(n), Node { level: floor + more, scope: PermissionScope::Global, parent, own });
            }
            shape
        }
    }

    proptest! {
        #[test]
        fn between_two_hierarchies_every_step_is_one(before in shapes(), after in shapes()) {
            let touched: Vec<_> = after.0.keys().map(String::as_str).filter(|name| before.0.get(*name) != after.0.get(*name)).collect();
            let mut now = before.clone();
            let (order, is_stuck) = match before.steps_to(&after, touched.iter().copied()) {
                Ok(order) => (order, false),
                Err(left) => (touched.iter().copied().filter(|name| !left.contains(name)).collect(), true),
            };
            if !is_stuck {
                for name in &order {
                    now.0.insert((*name).to_owned(), after.0[*name].clone());
                    for role in now.0.keys() {
                        prop_assert_eq!(now.fault(role), None);
                    }
                }
                prop_assert_eq!(now, after);
            }
        }

        #[test]
        fn new_roles_always_have_an_order(after in shapes()) {
            let order = Shape::default().steps_to(&after, after.0.keys().map(String::as_str));
            prop_assert_eq!(order.map(|order| order.len()), Ok(8));
        }

        #[test]
        fn what_is_taken_below_is_what_is_gone_above(before in shapes(), after in shapes()) {
            // A slow oracle: what a role gives is what it gives by itself and what its parent gives.
            fn slow(shape: &Shape, name: &str) -> BTreeSet<String> {
                let node = &shape.0[name];
                let above = node.parent.as_ref().map(|parent| slow(shape, parent)).unwrap_or_default();
                node.own.iter().cloned().chain(above).collect()
            }
            for shape in [&before, &after] {
                for role in shape.0.keys() {
                    let quick: BTreeSet<_> = shape.effective(role).into_iter().map(str::to_owned).collect();
                    prop_assert_eq!(quick, slow(shape, role));
                }
            }
        }
    }
}
