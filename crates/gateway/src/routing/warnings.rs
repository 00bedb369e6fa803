//! Routes that a server behind, or whoever wrote them, could take for one another. Each route is compared with what its own
//! paths lead to, never with every other one.

use super::config_parts::Parameters;
use super::hosts::Group;
use super::pattern::{End, Pattern, Segment};
use super::readings::loosened;
use super::route::Route;
use super::table::RouteTable;
use super::tree::Number;
use ahash::AHashMap;
use orion_contracts::route_test::RouteWarning;
use std::collections::BTreeSet;

/// How many warnings are told at most.
pub const MOST_WARNINGS: usize = 100;
/// How many nodes of the trees are looked at for routes that meet: with many names in many paths there is no end to it.
const MOST_LOOKS: usize = 200_000;
/// A segment that stands for any other: hardly anybody has written one like it.
const ANY: &str = "~";

impl RouteTable {
    /// Routes that a server behind, or whoever wrote them, could take for one another; the first [`MOST_WARNINGS`].
    pub fn warnings(&self) -> Vec<RouteWarning> {
        let mut found = Warnings { table: self, told: BTreeSet::new(), looks: MOST_LOOKS };
        for (_, group) in self.hosts().all() {
            found.of_group(group);
        }
        found.told.into_iter().map(|(_, warning)| warning).take(MOST_WARNINGS).collect()
    }
}

struct Warnings<'t> {
    table: &'t RouteTable,
    /// In the order of the routes.
    told: BTreeSet<(Number, RouteWarning)>,
    looks: usize,
}

impl<'t> Warnings<'t> {
    fn route(&self, number: Number) -> Option<&'t Route> {
        self.table.route(number as usize)
    }

    fn of_group(&mut self, group: &Group) {
        let mut shapes = AHashMap::<String, Number>::new();
        for number in group.numbers() {
            if self.told.len() >= MOST_WARNINGS {
                return;
            }
            let Some(route) = self.route(*number) else { continue };
            let Some(own) = example(&route.pattern) else {
                self.never_asked(group, *number, route);
                continue;
            };
            self.beside(group, *number, route, &own);
            self.below(group, *number, route, &own);
            self.undercut(group, *number, route);
            self.unchecked(group, *number, route);
            let shape = route.pattern.shape();
            if let Some(other) = shapes.insert(loosened(&shape).into_owned(), *number)
                && self.route(other).is_some_and(|other| other.pattern.shape() != shape)
            {
                self.tell(*number, other, format!(
                    "To a server that makes no difference between large and small or encoded letters, {} and {} are one path.",
                    route.path,
                    self.route(other).map_or("", |other| &other.path),
                ));
            }
        }
    }

    /// A regular expression is asked last: never, where all paths have another route.
    fn never_asked(&mut self, group: &Group, number: Number, route: &Route) {
        let takes_all = |other: &Route| other.conditions.is_none() && other.pattern.shape() == "/*";
        let mut always = |other: Number| self.route(other).is_some_and(takes_all);
        if let Some(other) = group.find_written(&format!("/{ANY}"), &mut always) {
            let name = self.route(other).map_or("", |other| &*other.name);
            let message = format!(
                "{} is never asked: regular expressions come last, and \"{name}\" takes every path.",
                route.path
            );
            self.tell(number, other, message);
        }
    }

    /// A route with conditions, and what takes its path when they do not hold.
    fn beside(&mut self, group: &Group, number: Number, route: &Route, own: &str) {
        let Some(conditions) = &route.conditions else { return };
        let mut others = |other: Number| other != number;
        let Some(other) = group.find_written(own, &mut others) else { return };
        if self.route(other).is_some_and(|other| other.demands_less_than(route)) {
            let words = conditions.words().join(", ");
            self.tell(number, other, format!(
                "Whoever asks for {} otherwise than by {words} takes the other route, which demands less; the server may still \
                 do the same for them, for instance when it takes the method from a form or another header.",
                route.path
            ));
        }
    }

    /// An exact route that demands more than what is below it.
    fn below(&mut self, group: &Group, number: Number, route: &Route, own: &str) {
        if !matches!(route.pattern, Pattern::Segments { end: End::Here, .. }) || own == "/" {
            return;
        }
        let path = own.trim_end_matches('/');
        for (below, words) in
            [(format!("{path}/"), "with a slash at its end"), (format!("{path}/{ANY}"), "with more behind it")]
        {
            let mut any = |_: Number| true;
            let Some(other) = group.find_written(&below, &mut any) else { continue };
            if other != number && self.route(other).is_some_and(|other| other.demands_less_than(route)) {
                self.tell(number, other, format!(
                    "{} {words} takes the other route, which demands less. Write {path}/* if the server serves both alike.",
                    route.path
                ));
                return;
            }
        }
    }

    /// A route with names, and those that are written out where it has names and so come before it.
    fn undercut(&mut self, group: &Group, number: Number, route: &Route) {
        let mut met = Vec::new();
        group.tree().before(&route.pattern, &mut self.looks, &mut |other| met.push(other));
        let weaker = |other: &Number| self.route(*other).is_some_and(|other| other.demands_less_than(route));
        if let Some(other) = met.into_iter().find(weaker) {
            let path = self.route(other).map_or("", |other| &other.path);
            self.tell(number, other, format!(
                "{path} comes before {} where both fit, for it is written out where the other has a name, and demands less.",
                route.path
            ));
        }
    }

    /// A route that passes parameters unchecked, and one below it that demands more.
    fn unchecked(&mut self, group: &Group, number: Number, route: &Route) {
        if route.parameters != Parameters::Pass {
            return;
        }
        let mut met = Vec::new();
        group.tree().below(&route.pattern, &mut self.looks, &mut |other| met.push(other));
        let stricter = |other: &Number| self.route(*other).is_some_and(|other| route.demands_less_than(other));
        if let Some(other) = met.into_iter().find(stricter) {
            let path = self.route(other).map_or("", |other| &other.path);
            self.tell(number, other, format!(
                "{} passes parameters as they are: a server that cuts them off reads a path such as {};x as {path}, which demands more.",
                route.path,
                path.trim_end_matches("/*"),
            ));
        }
    }

    fn tell(&mut self, number: Number, other: Number, message: String) {
        let name = |number: Number| self.route(number).map_or_else(String::new, |route| route.name.to_string());
        let warning = RouteWarning { route: name(number), other: name(other), message };
        self.told.insert((number, warning));
    }
}

/// A path that a route takes, with `~` for whatever has a name; none for a regular expression.
fn example(pattern: &Pattern) -> Option<String> {
    let Pattern::Segments { segments, end } = pattern else { return None };
    let part = |segment: &Segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Name(_) => format!("/{ANY}"),
    };
    let mut path: String = segments.iter().map(part).collect();
    if *end != End::Here {
        path.push('/');
        path.push_str(ANY);
    }
    Some(path)
}

#[cfg(test)]
#[path = "warnings_tests.rs"]
mod tests;
