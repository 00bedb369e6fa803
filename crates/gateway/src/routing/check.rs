//! What is wrong with a route as the operator wrote it, by itself and beside the others.

use super::canonical;
use super::conditions::{Conditions, Wrong};
use super::config::{LONGEST_WAIT, RouteConfig};
use super::destinations::{Destinations, upstream_of};
use super::pattern::Pattern;
use super::policies::Policies;
use super::reserved::{ROOT, is_internal, reserved};
use super::rewrite::Rewrite;
use super::route::{Prepared, Target};
use crate::upstream::Clusters;
use ahash::AHashMap;
use std::fmt::Write;

/// How many hosts a route may have, and how many routes a path that is a regular expression: each of them is asked in turn.
const MAX_HOSTS: usize = 64;
const MAX_REGEXES: usize = 100;

/// Looks at one route after the other.
pub(super) struct RouteChecks<'a> {
    /// The paths of the names that are taken.
    names: AHashMap<&'a str, &'a str>,
    /// The names of the routes that take all requests of a host, a path and what else is asked.
    places: AHashMap<String, &'a str>,
    regexes: usize,
}

impl Default for RouteChecks<'_> {
    fn default() -> Self {
        Self {
            names: reserved().chain([ROOT]).map(|own| (own.path, own.path)).collect(),
            places: AHashMap::new(),
            regexes: 0,
        }
    }
}

/// All that a route is made of; or all that is wrong with it by itself, each with its key within the route.
pub(super) fn prepare(route: &RouteConfig, clusters: &Clusters) -> Result<Prepared, Wrong> {
    let mut wrong = Wrong::new();
    let mut fault = |key: &str, message: String| wrong.push((key.to_owned(), message));
    let pattern = match Pattern::parse(&route.path).and_then(|pattern| check_place(&pattern).map(|()| pattern)) {
        Ok(pattern) => Some(pattern),
        Err(message) => {
            fault("path", message);
            None
        }
    };
    if route.name.is_empty() || route.name.len() > 64 {
        fault("name", "must have 1 to 64 bytes".to_owned());
    }
    if route.hosts.len() > MAX_HOSTS {
        fault("hosts", format!("must have at most {MAX_HOSTS} hosts"));
    }
    for (index, host) in route.hosts.iter().enumerate() {
        if let Err(message) = check_host(host) {
            fault(&format!("hosts[{index}]"), message);
        }
    }
    let times = [
        ("connect_ms", route.connect_ms),
        ("timeout_ms", route.timeout_ms),
        ("silence_ms", route.silence_ms),
        ("total_ms", route.total_ms),
    ];
    for (key, time) in times {
        match time {
            Some(0) => fault(key, "must be at least 1".to_owned()),
            Some(time) if time > LONGEST_WAIT => fault(key, format!("must be at most {LONGEST_WAIT}, which is a day")),
            Some(_) | None => {}
        }
    }
    if route.max_head_bytes.is_some_and(|bytes| !(256..=1 << 20).contains(&bytes)) {
        fault("max_head_bytes", "must be from 256 to 1048576".to_owned());
    }
    let limit = route.rate_limit;
    let numbers = [
        ("rate_limit.requests", limit.map(|limit| limit.requests)),
        ("rate_limit.seconds", limit.map(|limit| limit.seconds)),
    ];
    for (key, _) in numbers.iter().filter(|(_, number)| *number == Some(0)) {
        fault(key, "must be at least 1".to_owned());
    }
    let first = match (&route.upstream, route.split.first()) {
        (Some(upstream), None) => upstream_of(upstream, "upstream", clusters, &mut wrong),
        (None, Some(split)) => upstream_of(&split.upstream, "split[0].upstream", clusters, &mut Wrong::new()),
        (Some(_), Some(_)) => {
            wrong.push(("split".to_owned(), "cannot stand beside upstream".to_owned()));
            None
        }
        (None, None) if route.redirect.is_some() => None,
        (None, None) => {
            wrong.push(("upstream".to_owned(), "must be there, or split, which has several, or redirect".to_owned()));
            None
        }
    };
    if route.redirect.is_some() && (first.is_some() || !route.canary.is_empty()) {
        wrong.push(("redirect".to_owned(), "cannot stand beside upstream, split and canary".to_owned()));
    }
    let target = match first {
        Some(first) => Some(Target::Upstream(first)),
        None => route.redirect.as_ref().map(|_| Target::Elsewhere),
    };
    let conditions = Conditions::of_config(route, &mut wrong);
    let destinations = Destinations::of_config(route, clusters, &mut wrong);
    match (pattern, target) {
        (Some(pattern), Some(target)) => {
            let rewrite = Rewrite::of_config(route, &pattern, &mut wrong);
            let policies = Policies::of_config(route, &pattern, &mut wrong);
            if wrong.is_empty() {
                Ok(Prepared { pattern, conditions, target, destinations, rewrite, policies })
            } else {
                Err(wrong)
            }
        }
        _ => Err(wrong),
    }
}

impl<'a> RouteChecks<'a> {
    /// What is wrong with a route beside those that were looked at before.
    pub(super) fn beside(&mut self, route: &'a RouteConfig, pattern: Option<&Pattern>) -> Wrong {
        let mut wrong = Wrong::new();
        if let Some(pattern) = pattern {
            let asks = asks(route);
            let any = [String::new()];
            for host in if route.hosts.is_empty() { &any[..] } else { &route.hosts } {
                let place = format!("{host} {}{asks}", pattern.shape());
                if let Some(other) = self.places.insert(place, &route.name) {
                    let message = match asks.as_str() {
                        "" => format!("\"{other}\" has this path already"),
                        _ => format!("\"{other}\" has this path already, and asks the same of requests"),
                    };
                    wrong.push(("path".to_owned(), message));
                    break;
                }
            }
            self.regexes += usize::from(matches!(pattern, Pattern::Regex { .. }));
            if self.regexes == MAX_REGEXES + 1 {
                wrong.push((
                    "path".to_owned(),
                    format!("is one regular expression more than the {MAX_REGEXES} that there may be"),
                ));
            }
        }
        if let Some(path) = self.names.insert(&route.name, &route.path)
            && !route.name.is_empty()
        {
            wrong.push(("name".to_owned(), format!("\"{}\" is the name of the route of {path} already", route.name)));
        }
        wrong
    }
}

/// What a route asks besides host and path, as a text that is the same for the same.
fn asks(route: &RouteConfig) -> String {
    let mut asks = String::new();
    if route.methods.is_empty() && route.headers.is_empty() && route.query.is_empty() && route.when.is_none() {
        return asks;
    }
    let mut methods = route.methods.clone();
    methods.sort();
    methods.dedup();
    let _ = write!(asks, " {methods:?} {:?} {:?} {:?}", route.headers, route.query, route.when);
    asks
}

/// A path must not be ORION's own.
fn check_place(pattern: &Pattern) -> Result<(), String> {
    let beginning = pattern.beginning();
    if is_internal(&beginning) {
        return Err("/internal is never routed".to_owned());
    }
    let is_whole =
        matches!(pattern, Pattern::Segments { segments, .. } if beginning.matches('/').count() == segments.len());
    let shadowed = reserved().find(|reserved| match reserved.path.strip_suffix("/*") {
        Some(prefix) => beginning.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        None => is_whole && beginning == reserved.path,
    });
    match shadowed {
        Some(reserved) => Err(format!("{} belongs to ORION", reserved.path)),
        None => Ok(()),
    }
}

/// A host must be a name or an address in its canonical form and without a port; or `*.` and a name.
fn check_host(host: &str) -> Result<(), String> {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let is_port = |name: &str| name.rsplit_once(']').map_or(name, |(_, behind)| behind).contains(':');
    match canonical::host(name) {
        Ok(_) if is_port(name) => Err("must have no port: routes are for a host on any".to_owned()),
        Ok(form) if form != name => Err(format!("must be written as \"{}{form}\"", &host[..host.len() - name.len()])),
        Ok(_) if name.len() < host.len() && name.starts_with('[') => {
            Err("has an address, and nothing is below one".to_owned())
        }
        Ok(_) => Ok(()),
        Err(_) => {
            Err("must be a name such as shop.example.com, *.example.com for all below it, or an address".to_owned())
        }
    }
}
