//! All routes, found by path. A tree of segments: what a match costs depends on the path's depth, not on their number.

use super::canonical;
use super::check::RouteChecks;
use super::config::RouteConfig;
use super::reserved::{Owner, ROOT, is_internal, reserved};
use super::route::{Route, RouteDefaults, Target, Upstream};
use ahash::AHashMap;
use orion_contracts::gateway::RouteAccess;
use orion_contracts::{FieldCode, ServiceName};
use orion_infra::config::ConfigFault;
use std::collections::BTreeMap;
use url::Url;

#[derive(Default)]
struct Node {
    children: AHashMap<Box<str>, usize>,
    exact: Option<usize>,
    below: Option<usize>,
}

impl Node {
    /// The route of this very path. One with a slash at its end is taken for the same, as most frameworks do, unless
    /// all below it has a route of its own.
    fn with_or_without_slash(&self, tree: &Tree) -> Option<usize> {
        let with_slash = || self.children.get("").and_then(|child| tree.nodes[*child].exact);
        self.exact.or_else(|| self.below.is_none().then(with_slash).flatten())
    }
}

/// Routes by path.
struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    /// Where the route of a path as written is kept.
    fn place(&mut self, path: &str) -> &mut Option<usize> {
        let (path, below) = match path.strip_suffix("/*") {
            Some(prefix) => (prefix, true),
            None => (path, false),
        };
        let mut node = 0;
        for segment in path.split('/').skip(1) {
            let next = self.nodes.len();
            node = *self.nodes[node].children.entry(segment.into()).or_insert(next);
            if node == next {
                self.nodes.push(Node::default());
            }
        }
        let node = &mut self.nodes[node];
        if below { &mut node.below } else { &mut node.exact }
    }

    /// An exact route, else the longest prefix.
    fn find(&self, path: &str) -> Option<usize> {
        let mut node = &self.nodes[0];
        let mut best = node.below;
        let mut segments = path.split('/').skip(1);
        let exact = loop {
            let Some(segment) = segments.next() else { break node.with_or_without_slash(self) };
            let Some(&child) = node.children.get(segment) else {
                break node.exact.filter(|_| segment.is_empty() && node.below.is_none());
            };
            node = &self.nodes[child];
            best = node.below.or(best);
        };
        exact.or(best)
    }
}

/// Why a path has no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoute {
    /// Nothing is there.
    Unknown,
    /// A server could read it as a path of another route.
    Ambiguous,
    /// It has an encoded slash, which its route does not take.
    EncodedSlash,
}

/// The routes in force.
pub struct RouteTable {
    tree: Tree,
    /// The same in small letters. Of two that differ in nothing else, the one that demands a token.
    small: Tree,
    /// Whether a route has a capital letter: then a path in small letters may be read as another route's, too.
    has_capitals: bool,
    routes: Vec<Route>,
}

impl RouteTable {
    /// ORION's own routes, to the services that have a URL, and the user's; or all that is wrong with them.
    pub fn new(
        services: &BTreeMap<ServiceName, Url>,
        routes: &[RouteConfig],
        defaults: &RouteDefaults,
    ) -> Result<Self, Vec<ConfigFault>> {
        let mut table = Self { tree: Tree::new(), small: Tree::new(), has_capitals: false, routes: Vec::new() };
        let mut faults = Vec::new();
        for own in reserved() {
            let (target, upstream) = match own.owner {
                Owner::Gateway => (Target::Gateway, String::new()),
                Owner::Service(service) => {
                    let Some(url) = services.get(&service) else { continue };
                    match Upstream::of_url(url) {
                        Ok(upstream) => (Target::Upstream(upstream), url.to_string()),
                        Err(message) => {
                            let fault = ConfigFault::new(format!("peers.{service}_url"), FieldCode::Invalid, message);
                            // A service has several paths.
                            if !faults.contains(&fault) {
                                faults.push(fault);
                            }
                            continue;
                        }
                    }
                }
            };
            table.insert(Route::of_reserved(&own, target, upstream, defaults));
        }
        let mut checks = RouteChecks::default();
        for (index, config) in routes.iter().enumerate() {
            match checks.check(config) {
                Ok(upstream) => table.insert(Route::of_config(config, upstream, defaults)),
                Err(wrong) => {
                    let fault = |(key, message)| {
                        ConfigFault::new(format!("gateway.routes[{index}].{key}"), FieldCode::Invalid, message)
                    };
                    faults.extend(wrong.into_iter().map(fault));
                }
            }
        }
        if table.tree.find(ROOT.path).is_none() {
            table.insert(Route::of_reserved(&ROOT, Target::Gateway, String::new(), defaults));
        }
        if faults.is_empty() { Ok(table) } else { Err(faults) }
    }

    fn insert(&mut self, route: Route) {
        let index = Some(self.routes.len());
        *self.tree.place(&route.path) = index;
        self.has_capitals |= route.path.bytes().any(|byte| byte.is_ascii_uppercase());
        let small = self.small.place(&route.path.to_ascii_lowercase());
        if small.is_none() || route.access == RouteAccess::Authenticated {
            *small = index;
        }
        self.routes.push(route);
    }

    /// The route of a canonical path, with its number in this table: an exact one, else the longest prefix.
    pub fn find(&self, path: &str) -> Result<(usize, &Route), NoRoute> {
        if is_internal(path) {
            return Err(NoRoute::Unknown);
        }
        let found = self.tree.find(path);
        let plain = !self.has_capitals && is_read_in_one_way(path);
        if !plain && self.is_ambiguous(path, found) {
            return Err(NoRoute::Ambiguous);
        }
        let index = found.ok_or(NoRoute::Unknown)?;
        let route = self.routes.get(index).ok_or(NoRoute::Unknown)?;
        if !plain && !route.encoded_slashes && path.contains(canonical::SLASH) {
            return Err(NoRoute::EncodedSlash);
        }
        Ok((index, route))
    }

    /// Whether the path is another route's for a server that cuts parameters (`/shop/admin;x`), dots or blanks off its
    /// segments or decodes slashes, or one that a token is demanded for to a server that takes large and small letters for the same (`/shop/ADMIN`).
    fn is_ambiguous(&self, path: &str, found: Option<usize>) -> bool {
        let other = canonical::read_otherwise(path);
        if other.as_ref().is_some_and(|other| self.tree.find(other) != found) {
            return true;
        }
        let access = |index: usize| self.routes.get(index).map(|route| route.access);
        let small = || self.small.find(&other.as_deref().unwrap_or(path).to_ascii_lowercase());
        found.and_then(access) == Some(RouteAccess::Public)
            && small().and_then(access) == Some(RouteAccess::Authenticated)
    }

    /// All routes, ORION's own first.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }
}

/// Whether nobody reads the path in another way, as it is with most paths.
fn is_read_in_one_way(path: &str) -> bool {
    let mut before = 0;
    let is_odd = |byte: u8| {
        let ends_with_dot = before == b'.' && byte == b'/';
        before = byte;
        ends_with_dot || matches!(byte, b';' | b'%') || byte.is_ascii_uppercase()
    };
    !path.bytes().any(is_odd) && !path.ends_with('.')
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
