//! Routes by host, then by path.

use super::pattern::{Pattern, Segment};
use super::readings::loosened;
use super::route::Route;
use super::tree::{Number, Tree};
use ahash::AHashMap;
use std::cmp::Reverse;
use std::sync::Arc;

/// The routes of one host.
#[derive(Default)]
pub(super) struct Group {
    tree: Tree,
    /// The same as servers have it to which `/Admin`, `/admin` and `/%61dmin` are one path; `None` where that is the same tree.
    loose: Option<Tree>,
    /// Those by a regular expression, in their order.
    regexes: Vec<Number>,
    numbers: Vec<Number>,
}

/// How paths are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are written.
    Written,
    /// Without a difference between large and small, encoded and plain letters. Of several routes that are the same then, the
    /// first is that which demands the most.
    Loose,
}

impl Group {
    fn insert(&mut self, number: Number, route: &Route) {
        match route.pattern {
            Pattern::Regex { .. } => self.regexes.push(number),
            Pattern::Segments { .. } => self.tree.insert(number, &route.pattern, |text: &str| text.into()),
        }
        self.numbers.push(number);
    }

    /// Puts routes of the same path in order, once all are there.
    fn finish(&mut self, routes: &[Arc<Route>]) {
        let route = |number: Number| &routes[number as usize];
        let conditions = |number: Number| route(number).conditions.as_ref().map_or(0, |conditions| conditions.count());
        self.tree.sort(|number| (Reverse(conditions(number)), number));
        self.regexes.sort_by_key(|number| (Reverse(conditions(*number)), *number));
        if self.numbers.iter().any(|number| has_loose_form(&route(*number).pattern)) {
            let mut loose = Tree::default();
            for number in &self.numbers {
                loose.insert(*number, &route(*number).pattern, |text| loosened(text).into());
            }
            loose.sort(|number| (Reverse(conditions(number)), number));
            self.loose = Some(loose);
        }
    }

    /// The first route of a path that may be taken.
    pub(super) fn find(
        &self,
        path: &str,
        form: Form,
        routes: &[Arc<Route>],
        may: &mut impl FnMut(Number) -> bool,
    ) -> Option<Number> {
        let found = match form {
            Form::Written => self.find_written(path, may),
            Form::Loose => {
                let tree = self.loose.as_ref().unwrap_or(&self.tree);
                tree.find(path, &mut |same: &[Number]| strictest(same, routes, may))
            }
        };
        found.or_else(|| {
            let fits = |number: &Number| match (&routes[*number as usize].pattern, form) {
                (Pattern::Regex { regex, .. }, Form::Written) => regex.is_match(path.as_bytes()),
                (Pattern::Regex { loose, .. }, Form::Loose) => loose.is_match(path.as_bytes()),
                (Pattern::Segments { .. }, _) => false,
            };
            self.regexes.iter().copied().find(|number| fits(number) && may(*number))
        })
    }

    /// The same as paths are written, without regular expressions.
    pub(super) fn find_written(&self, path: &str, may: &mut impl FnMut(Number) -> bool) -> Option<Number> {
        self.tree.find(path, &mut |same: &[Number]| first(same, may))
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Its routes.
    pub(super) fn numbers(&self) -> &[Number] {
        &self.numbers
    }
}

/// Of the routes of one path the first that may be taken.
pub(super) fn first(same: &[Number], may: &mut impl FnMut(Number) -> bool) -> Option<Number> {
    same.iter().copied().find(|number| may(*number))
}

/// Of routes whose paths are the same but for letters: that which demands the most, of those that are the first of their own.
fn strictest(same: &[Number], routes: &[Arc<Route>], may: &mut impl FnMut(Number) -> bool) -> Option<Number> {
    if same.len() < 2 {
        return first(same, may);
    }
    let mut firsts: Vec<(String, Number)> = Vec::new();
    for number in same {
        let shape = routes[*number as usize].pattern.shape();
        if firsts.iter().all(|(other, _)| *other != shape) && may(*number) {
            firsts.push((shape, *number));
        }
    }
    firsts.into_iter().map(|(_, number)| number).rev().max_by_key(|number| routes[*number as usize].demands())
}

/// Whether a path is written in a way that others are the same as, to some servers.
fn has_loose_form(pattern: &Pattern) -> bool {
    let is_loose = |segment: &Segment| match segment {
        Segment::Literal(text) => loosened(text) != **text,
        Segment::Name(_) => false,
    };
    matches!(pattern, Pattern::Segments { segments, .. } if segments.iter().any(is_loose))
}

/// Routes by host.
#[derive(Default)]
pub(super) struct Hosts {
    named: AHashMap<Box<str>, Group>,
    /// Those of all hosts below a name.
    below: AHashMap<Box<str>, Group>,
    any: Group,
    /// Whether a route has capitals or encodings in its path: then one without them may be read as its, too.
    has_loose: bool,
}

impl Hosts {
    pub(super) fn insert(&mut self, number: Number, route: &Route) {
        let hosts = route.hosts();
        if hosts.is_empty() {
            self.any.insert(number, route);
        }
        for host in hosts {
            let group = match host.strip_prefix("*.") {
                Some(name) => self.below.entry(name.into()).or_default(),
                None => self.named.entry(host.as_str().into()).or_default(),
            };
            group.insert(number, route);
        }
    }

    /// Makes all ready, once all routes are there.
    pub(super) fn finish(&mut self, routes: &[Arc<Route>]) {
        for group in self.named.values_mut().chain(self.below.values_mut()).chain([&mut self.any]) {
            group.finish(routes);
            self.has_loose |= group.loose.is_some();
        }
    }

    /// Whether a route has capitals or encodings in its path.
    pub(super) fn has_loose(&self) -> bool {
        self.has_loose
    }

    /// The groups that a host's routes are in, in the order in which they are asked: its own, those of all below a name, the
    /// longest first, and those of any host.
    pub(super) fn groups<'h>(&'h self, host: &'h str) -> impl Iterator<Item = &'h Group> {
        let named = if self.named.is_empty() { None } else { self.named.get(host) };
        let above = if self.below.is_empty() { None } else { host.split_once('.') };
        let names =
            std::iter::successors(above.map(|(_, name)| name), |name| name.split_once('.').map(|(_, name)| name));
        named.into_iter().chain(names.filter_map(|name| self.below.get(name))).chain([&self.any])
    }

    /// The first route of a host and a path that may be taken.
    pub(super) fn find(
        &self,
        host: &str,
        path: &str,
        form: Form,
        routes: &[Arc<Route>],
        may: &mut impl FnMut(Number) -> bool,
    ) -> Option<Number> {
        self.groups(host).find_map(|group| group.find(path, form, routes, may))
    }

    /// All groups, with the host that each is for.
    pub(super) fn all(&self) -> impl Iterator<Item = (String, &Group)> {
        let named = self.named.iter().map(|(name, group)| (name.to_string(), group));
        let below = self.below.iter().map(|(name, group)| (format!("*.{name}"), group));
        named.chain(below).chain([(String::new(), &self.any)])
    }
}
