//! All routes, found by what is known of a request. A table is made as a whole, off the cores that serve, and never changes.

use super::asked::{Asked, Repeated};
use super::check::{RouteChecks, prepare};
use super::conditions::Wrong;
use super::config::RouteConfig;
use super::facts::Facts;
use super::hosts::{Form, Hosts, first};
use super::pattern::Pattern;
use super::reserved::{Owner, ROOT, ReservedRoute, is_internal, reserved};
use super::route::{Route, RouteDefaults, Target};
use super::tree::{Number, Tree};
use crate::upstream::{Clusters, UpstreamConfig};
use ahash::AHashMap;
use orion_contracts::{FieldCode, ServiceName};
use orion_infra::config::ConfigFault;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Regular expressions that headers and parameters of all routes may be compared with.
const MOST_REGEXES: usize = 1000;

/// Why a request has no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRoute {
    /// Nothing is there.
    #[error("There is nothing at this path.")]
    Unknown,
    /// A server could read its path as that of another route.
    #[error("Servers read this path differently, and to some it is another route's.")]
    Ambiguous,
    /// A server could take it for a request of another route, which demands more.
    #[error("Servers read a header or parameter of this request differently, and to some it is another route's.")]
    Contradictory,
    /// It has an encoded slash, which its route does not take.
    #[error("The path has an encoded slash, which its route does not take.")]
    EncodedSlash,
    /// It has double slashes, which its route does not take.
    #[error("The path has double slashes, which its route does not take.")]
    DoubleSlashes,
    /// It has parameters, which its route does not take.
    #[error("The path has parameters (;), which its route does not take.")]
    Parameters,
}

/// The route that a request takes.
#[derive(Debug, Clone, Copy)]
pub struct Found<'t> {
    /// Its number in this table.
    pub number: usize,
    /// It.
    pub route: &'t Route,
}

/// The routes in force.
pub struct RouteTable {
    /// ORION's own. They come before all others, on every host.
    reserved: Tree,
    hosts: Hosts,
    /// The gateway's first page, unless every request for it has another route.
    root: Option<Number>,
    /// Whether a route asks for a method.
    asks_methods: bool,
    routes: Vec<Arc<Route>>,
    defaults: RouteDefaults,
    /// The upstreams that they name.
    clusters: Clusters,
}

/// What an operator has written.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// Routes.
    pub routes: &'a [RouteConfig],
    /// The upstreams that they name.
    pub upstreams: &'a [UpstreamConfig],
}

impl RouteTable {
    /// ORION's own routes, to the services that have a URL, and the user's; or all that is wrong with them.
    pub fn new(
        services: &BTreeMap<ServiceName, Url>,
        written: Written<'_>,
        defaults: &RouteDefaults,
    ) -> Result<Self, Vec<ConfigFault>> {
        Self::build(None, services, written, defaults, Duration::ZERO)
    }

    /// The same after a change: routes that are as they were are shared with this table. What is looked at again of them is
    /// only how they stand beside each other, so one of 10,000 is changed in some milliseconds.
    pub fn changed(
        &self,
        services: &BTreeMap<ServiceName, Url>,
        written: Written<'_>,
        defaults: &RouteDefaults,
        now: Duration,
    ) -> Result<Self, Vec<ConfigFault>> {
        Self::build(Some(self), services, written, defaults, now)
    }

    fn build(
        previous: Option<&Self>,
        services: &BTreeMap<ServiceName, Url>,
        Written { routes, upstreams }: Written<'_>,
        defaults: &RouteDefaults,
        now: Duration,
    ) -> Result<Self, Vec<ConfigFault>> {
        let of_before = previous.map(|previous| &previous.clusters);
        let clusters = Clusters::of_configs(of_before, upstreams, "gateway.upstreams", now)?;
        let mut table = Self {
            reserved: Tree::default(),
            hosts: Hosts::default(),
            root: None,
            asks_methods: false,
            routes: Vec::with_capacity(routes.len() + 32),
            defaults: defaults.clone(),
            clusters: Clusters::default(),
        };
        let mut faults = table.insert_reserved(services, &clusters);
        let previous = previous.filter(|previous| previous.defaults == *defaults);
        let kept: AHashMap<&str, &Arc<Route>> =
            previous.iter().flat_map(|previous| &previous.routes).map(|route| (&*route.name, route)).collect();
        let mut checks = RouteChecks::default();
        let mut regexes = 0;
        for (index, config) in routes.iter().enumerate() {
            regexes += config.headers.iter().chain(&config.query).filter(|field| field.regex.is_some()).count();
            let made = match kept.get(config.name.as_str()) {
                // Before it is compiled: a few kilobytes of text may make megabytes of it.
                _ if regexes > MOST_REGEXES => {
                    let message = format!(
                        "have more than the {MOST_REGEXES} regular expressions that all routes may have together"
                    );
                    Err(vec![("headers".to_owned(), message)])
                }
                Some(route) if route.config.as_ref() == Some(config) && route.is_of(&clusters) => Ok(Arc::clone(route)),
                _ => prepare(config, &clusters).map(|prepared| Arc::new(Route::of_config(config, prepared, defaults))),
            };
            let (route, mut wrong) = match made {
                Ok(route) => (Some(route), Wrong::new()),
                Err(wrong) => (None, wrong),
            };
            // What is wrong in itself may be no path at all, but two of one name or path are told at once all the same.
            let pattern = match &route {
                Some(route) => Some(Cow::Borrowed(&route.pattern)),
                None => Pattern::parse(&config.path).ok().map(Cow::Owned),
            };
            wrong.extend(checks.beside(config, pattern.as_deref()));
            match route {
                Some(route) if wrong.is_empty() => table.insert(route),
                _ => {
                    let fault = |(key, message)| {
                        ConfigFault::new(format!("gateway.routes[{index}].{key}"), FieldCode::Invalid, message)
                    };
                    faults.extend(wrong.into_iter().map(fault));
                }
            }
        }
        table.hosts.finish(&table.routes);
        table.insert_root();
        table.clusters = clusters;
        if faults.is_empty() { Ok(table) } else { Err(faults) }
    }

    fn insert_reserved(&mut self, services: &BTreeMap<ServiceName, Url>, clusters: &Clusters) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        for own in reserved() {
            let (target, upstream) = match own.owner {
                Owner::Gateway => (Target::Gateway, String::new()),
                Owner::Service(service) => {
                    let Some(url) = services.get(&service) else { continue };
                    match clusters.at(url) {
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
            if let Some(route) = self.of_reserved(&own, target, upstream) {
                self.reserved.insert(self.routes.len() as Number, &route.pattern, |text: &str| text.into());
                self.routes.push(Arc::new(route));
            }
        }
        faults
    }

    fn of_reserved(&self, own: &ReservedRoute, target: Target, upstream: String) -> Option<Route> {
        let pattern = Pattern::parse(own.path).ok()?;
        Some(Route::of_reserved(own, pattern, target, upstream, &self.defaults))
    }

    fn insert(&mut self, route: Arc<Route>) {
        self.hosts.insert(self.routes.len() as Number, &route);
        self.asks_methods |= route.conditions.as_ref().is_some_and(|conditions| !conditions.methods().is_empty());
        self.routes.push(route);
    }

    /// The gateway's own first page takes what no route takes.
    fn insert_root(&mut self) {
        let routes = &self.routes;
        let mut always = |number: Number| routes[number as usize].conditions.is_none();
        // No host has an empty name, so these are the routes of any.
        if self.hosts.find("", ROOT.path, Form::Written, routes, &mut always).is_some() {
            return;
        }
        if let Some(route) = self.of_reserved(&ROOT, Target::Gateway, String::new()) {
            self.root = Some(self.routes.len() as Number);
            self.routes.push(Arc::new(route));
        }
    }

    /// The route that a request takes. Refused is what a server could take for a request of another route: by its path, which
    /// servers read in several ways, or by what it says more than once.
    pub fn find(&self, asked: &Asked<'_>) -> Result<Found<'_>, NoRoute> {
        if is_internal(asked.path) {
            return Err(NoRoute::Unknown);
        }
        let facts = Facts::new(asked, asked.method, Repeated::Any);
        let number = self.first(asked.path, Form::Written, &facts);
        let route = number.and_then(|number| self.route(number as usize));
        self.refuse_other_paths(asked, &facts, number, route)?;
        self.refuse_contradictions(asked, &facts, route)?;
        let (number, route) = number.zip(route).ok_or(NoRoute::Unknown)?;
        Ok(Found { number: number as usize, route })
    }

    /// The first route of a path of which all conditions hold.
    pub(super) fn first(&self, path: &str, form: Form, facts: &Facts<'_>) -> Option<Number> {
        self.first_that(facts.asked.host_name(), path, form, &mut |number| {
            let route = self.route(number as usize);
            route.is_some_and(|route| route.conditions.as_ref().is_none_or(|conditions| conditions.hold(facts)))
        })
    }

    /// The first route of a host and a path that may be taken.
    pub(super) fn first_that(
        &self,
        host: &str,
        path: &str,
        form: Form,
        may: &mut impl FnMut(Number) -> bool,
    ) -> Option<Number> {
        self.reserved
            .find(path, &mut |same: &[Number]| first(same, may))
            .or_else(|| self.hosts.find(host, path, form, &self.routes, may))
            .or_else(|| self.root.filter(|number| path == ROOT.path && may(*number)))
    }

    /// A route by its number.
    pub fn route(&self, number: usize) -> Option<&Route> {
        self.routes.get(number).map(|route| &**route)
    }

    /// A route, to be kept for longer than the table.
    pub fn kept(&self, number: usize) -> Option<Arc<Route>> {
        self.routes.get(number).cloned()
    }

    /// The upstreams that have a name.
    pub fn clusters(&self) -> &Clusters {
        &self.clusters
    }

    /// All routes, ORION's own first.
    pub fn routes(&self) -> impl ExactSizeIterator<Item = &Route> {
        self.routes.iter().map(|route| &**route)
    }

    pub(super) fn all(&self) -> &[Arc<Route>] {
        &self.routes
    }

    /// Whether a route asks for a method.
    pub(super) fn asks_methods(&self) -> bool {
        self.asks_methods
    }

    pub(super) fn hosts(&self) -> &Hosts {
        &self.hosts
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
