//! All routes, found by path. A tree of segments: what a match costs depends on the path's depth, not on their number.

use super::config::RouteConfig;
use super::reserved::{Owner, RESERVED, is_internal};
use super::route::{Route, RouteDefaults, RouteLimit, Target, Upstream};
use crate::edge::canonical;
use ahash::AHashMap;
use orion_contracts::ServiceName;
use orion_infra::config::{ConfigFault, at_least_one};
use std::collections::BTreeMap;
use url::Url;

#[derive(Default)]
struct Node {
    children: AHashMap<Box<str>, usize>,
    exact: Option<usize>,
    below: Option<usize>,
}

/// The routes in force.
pub struct RouteTable {
    nodes: Vec<Node>,
    routes: Vec<Route>,
}

impl RouteTable {
    /// ORION's own routes, to the services that have a URL, and the user's.
    pub fn new(
        services: &BTreeMap<ServiceName, Url>,
        routes: &[RouteConfig],
        defaults: &RouteDefaults,
    ) -> Result<Self, ConfigFault> {
        let mut table = Self { nodes: vec![Node::default()], routes: Vec::new() };
        for reserved in RESERVED {
            let (target, upstream) = match reserved.owner {
                Owner::Gateway => (Target::Gateway, String::new()),
                Owner::Service(service) => {
                    let Some(url) = services.get(&service) else { continue };
                    let upstream = Upstream::of_url(url)
                        .map_err(|message| ConfigFault::new(format!("peers.{service}_url"), message))?;
                    (Target::Upstream(upstream), url.to_string())
                }
            };
            let limit = match target {
                Target::Gateway => None,
                Target::Upstream(_) => defaults.rate_limit.map(RouteLimit::new),
            };
            table.insert(Route {
                name: reserved.path.into(),
                path: reserved.path.to_owned(),
                target,
                upstream,
                access: reserved.access,
                strip: 0,
                timeout: defaults.timeout.as_millis() as u64,
                max_body: defaults.max_body,
                limit,
                reserved: true,
            });
        }
        for (index, config) in routes.iter().enumerate() {
            let section = format!("gateway.routes[{index}]");
            let error = |key: &str, message: String| ConfigFault::new(format!("{section}.{key}"), message);
            check_path(&config.path).map_err(|message| error("path", message))?;
            if config.name.is_empty() || config.name.len() > 64 {
                return Err(error("name", "must have 1 to 64 bytes".to_owned()));
            }
            if let Some(other) = table.routes.iter().find(|route| *route.name == *config.name) {
                return Err(error(
                    "name",
                    format!("\"{}\" is the name of the route of {} already", other.name, other.path),
                ));
            }
            if let Some(other) = table.routes.iter().find(|route| route.path == config.path) {
                return Err(error("path", format!("\"{}\" has this path already", other.name)));
            }
            at_least_one(&section, &[("timeout_ms", config.timeout_ms.unwrap_or(1))])?;
            if let Some(limit) = config.rate_limit {
                let (requests, seconds) = (limit.requests.into(), limit.seconds.into());
                at_least_one(&format!("{section}.rate_limit"), &[("requests", requests), ("seconds", seconds)])?;
            }
            let route = Route::of_config(config, defaults);
            table.insert(route.map_err(|message| error("upstream", message.to_owned()))?);
        }
        Ok(table)
    }

    fn insert(&mut self, route: Route) {
        let (path, below) = match route.path.strip_suffix("/*") {
            Some(prefix) => (prefix, true),
            None => (route.path.as_str(), false),
        };
        let mut node = 0;
        for segment in path.split('/').skip(1) {
            let next = self.nodes.len();
            node = *self.nodes[node].children.entry(segment.into()).or_insert(next);
            if node == next {
                self.nodes.push(Node::default());
            }
        }
        let index = Some(self.routes.len());
        match below {
            true => self.nodes[node].below = index,
            false => self.nodes[node].exact = index,
        }
        self.routes.push(route);
    }

    /// The route of a canonical path, with its number in this table: an exact one, else the longest prefix.
    pub fn find(&self, path: &str) -> Option<(usize, &Route)> {
        if is_internal(path) {
            return None;
        }
        let mut node = &self.nodes[0];
        let mut best = node.below;
        let mut segments = path.split('/').skip(1);
        let exact = loop {
            let Some(segment) = segments.next() else { break node.exact };
            let Some(&child) = node.children.get(segment) else { break None };
            node = &self.nodes[child];
            best = node.below.or(best);
        };
        let index = exact.or(best)?;
        self.routes.get(index).map(|route| (index, route))
    }

    /// All routes, ORION's own first.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }
}

/// A route's path must be canonical, must not be ORION's own, and may have a `*` only as its last segment.
fn check_path(path: &str) -> Result<(), String> {
    let plain = path.strip_suffix("/*").unwrap_or(path);
    let canonical = if plain.is_empty() { "/" } else { plain };
    match canonical::path(canonical) {
        Err(error) => return Err(format!("is not a path: {error}")),
        Ok(form) if form != canonical => return Err(format!("must be written as \"{form}\"")),
        Ok(_) => {}
    }
    if plain.contains('*') {
        return Err("may have a * only as its last segment".to_owned());
    }
    if plain.len() > 1 && plain.ends_with('/') && path != plain {
        return Err("has an empty segment before its *".to_owned());
    }
    if is_internal(plain) {
        return Err("/internal is never routed".to_owned());
    }
    let shadowed = RESERVED.iter().find(|reserved| match reserved.path.strip_suffix("/*") {
        Some(prefix) => plain.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        None => plain == reserved.path,
    });
    match shadowed {
        Some(reserved) => Err(format!("{} belongs to ORION", reserved.path)),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
