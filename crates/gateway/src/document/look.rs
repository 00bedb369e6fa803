//! Looks at a document as a whole, over what the file has: all that is wrong, what may not be meant, and the table of routes
//! that it makes.

use super::{Items, Key, names};
use crate::config::GatewayConfig;
use crate::routing::{RouteConfig, RouteTable, UpstreamRef, Written};
use orion_contracts::gateway_changes::GatewayItemKind;
use orion_contracts::{FieldCode, FieldError, ServiceName};
use orion_infra::config::ConfigFault;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How many things of a kind a document may have.
const MOST: usize = 20_000;

/// What a document lies over: what the process was configured with, and where ORION's services are.
#[derive(Clone)]
pub(crate) struct Base {
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) services: Arc<BTreeMap<ServiceName, Url>>,
    /// The table in force and the time (monotonic), where the new one takes its place: what stays is shared, and upstreams that
    /// stay keep what is known of them. What is only looked at has none, and so touches nothing that serves.
    pub(crate) before: Option<(Arc<RouteTable>, Duration)>,
}

impl Base {
    /// Where in the file a route of this name stands.
    pub(crate) fn place_of_route(&self, name: &str) -> Option<usize> {
        self.config.routes.iter().position(|route| route.name == name)
    }
}

/// What a look has found.
pub(crate) struct Looked {
    /// The routes; or all that is wrong, what is kept with the key `routes.NAME.field`.
    pub(crate) table: Result<RouteTable, Vec<ConfigFault>>,
    /// What is allowed, and may not be meant.
    pub(crate) warnings: Vec<String>,
}

impl Looked {
    /// All that is wrong.
    pub(crate) fn faults(&self) -> &[ConfigFault] {
        self.table.as_ref().err().map_or(&[], Vec::as_slice)
    }
}

/// Looks at a document. What was edited is looked at after all else, so that of two things that do not go together it is the
/// one that is called wrong.
pub(crate) fn look(base: &Base, items: &Items, unknown: &[String], edited: &BTreeSet<Key>) -> Looked {
    let mut faults: Vec<_> = unknown.iter().map(|what| newer(what)).collect();
    if items.len() > MOST {
        let message = format!("must be at most {MOST}, but are {}", items.len());
        faults.push(ConfigFault::new(GatewayItemKind::Route.list(), FieldCode::TooLong, message));
    }
    let file: HashMap<_, _> = base.config.routes.iter().enumerate().map(|(at, route)| (&*route.name, at)).collect();
    let mut routes = base.config.routes.clone();
    let own = routes.len();
    let (late, early): (Vec<_>, Vec<_>) = items.iter().partition(|(key, _)| edited.contains(*key));
    for ((_, name), item) in early.into_iter().chain(late) {
        let wrong = |field: &str, code, message: String| ConfigFault::new(key_of(name, field), code, message);
        match &item.route {
            Err(why) => faults.push(wrong("", FieldCode::Invalid, format!("cannot be read by this version: {why}"))),
            Ok(route) if route.name != *name => {
                let message = format!("must be \"{name}\": something is renamed by adding it anew and removing it");
                faults.push(wrong("name", FieldCode::Invalid, message));
            }
            Ok(_) if let Some(at) = file.get(name.as_str()) => faults.push(taken(name, *at)),
            Ok(route) => {
                if let Err(fault) = names::check(name) {
                    faults.push(wrong("name", fault.code, fault.message.into_owned()));
                }
                routes.push(route.clone());
            }
        }
    }
    let (defaults, written) =
        (base.config.route_defaults(), Written { routes: &routes, upstreams: &base.config.upstreams });
    let table = match &base.before {
        Some((before, now)) => before.changed(&base.services, written, &defaults, *now),
        None => RouteTable::new(&base.services, written, &defaults),
    };
    let found = table.as_ref().err().into_iter().flatten();
    faults.extend(found.map(|fault| renamed(fault, &routes, own)));
    match table {
        Ok(table) if faults.is_empty() => Looked { warnings: warnings(&table, &routes, own, edited), table: Ok(table) },
        _ => Looked { table: Err(faults), warnings: Vec::new() },
    }
}

/// What the file says of a name stands; what is kept under it as well would be another thing of the same name.
fn taken(name: &str, at: usize) -> ConfigFault {
    let message = format!(
        "\"{name}\" is a route of the file of this process (gateway.routes[{at}]), and is changed there; choose another name"
    );
    ConfigFault::new(key_of(name, "name"), FieldCode::Taken, message)
}

fn newer(what: &str) -> ConfigFault {
    let message = "was written by a newer version of ORION, and this one does not know what it is";
    ConfigFault::new(what, FieldCode::Unknown, message)
}

/// The key of what is kept.
fn key_of(name: &str, field: &str) -> String {
    let list = GatewayItemKind::Route.list();
    if field.is_empty() { format!("{list}.{name}") } else { format!("{list}.{name}.{field}") }
}

/// A fault with the name of the route in the place of its number, where it is one that is kept: the number says where in the
/// file, and nothing of what is in no file.
fn renamed(fault: &ConfigFault, routes: &[RouteConfig], own: usize) -> ConfigFault {
    let place = fault.key.strip_prefix("gateway.routes[").and_then(|rest| rest.split_once(']'));
    let kept = place.and_then(|(at, rest)| Some((at.parse::<usize>().ok().filter(|at| *at >= own)?, rest)));
    match kept.and_then(|(at, rest)| Some((routes.get(at)?, rest))) {
        Some((route, rest)) => {
            ConfigFault::new(key_of(&route.name, rest.trim_start_matches('.')), fault.code, &*fault.message)
        }
        None => fault.clone(),
    }
}

/// What may not be meant of what was edited: tokens that travel in clear, and routes that a server behind could take for one another.
fn warnings(table: &RouteTable, routes: &[RouteConfig], own: usize, edited: &BTreeSet<Key>) -> Vec<String> {
    let is_edited = |route: &&RouteConfig| edited.contains(&(GatewayItemKind::Route, route.name.clone()));
    let kept = routes.get(own..).unwrap_or_default().iter();
    let open = kept.filter(is_edited).filter(|route| route.forward_token).filter_map(|route| {
        let far = servers(route).find(|url| url.scheme() == "http" && !orion_infra::config::leads_here(url))?;
        Some(format!(
            "{}: access tokens of callers go to {far} without encryption (forward_token); whoever reads them there can act as \
             the callers until they end",
            key_of(&route.name, "upstream"),
        ))
    });
    let is_named = |name: &str| edited.contains(&(GatewayItemKind::Route, name.to_owned()));
    let met = table.warnings().into_iter().filter(|warning| is_named(&warning.route) || is_named(&warning.other));
    open.chain(met.map(|warning| format!("{}: {}", key_of(&warning.route, "path"), warning.message))).collect()
}

/// The servers that a route names by their URLs.
fn servers(route: &RouteConfig) -> impl Iterator<Item = &Url> {
    let several = route.split.iter().map(|split| &split.upstream);
    let all = route.upstream.iter().chain(several).chain(route.canary.iter().map(|canary| &canary.upstream));
    all.filter_map(|upstream| match upstream {
        UpstreamRef::Url(url) => Some(url),
        UpstreamRef::Name(_) => None,
    })
}

/// A fault as a field of what was edited under a name: the key within it, where the fault is of that one.
pub(crate) fn field_of(fault: &ConfigFault, (kind, name): &Key) -> FieldError {
    let own = fault.key.strip_prefix(kind.list()).and_then(|rest| rest.strip_prefix('.')?.strip_prefix(name.as_str()));
    let own = own.and_then(|rest| if rest.is_empty() { Some("") } else { rest.strip_prefix('.') });
    FieldError { field: own.unwrap_or(&fault.key).to_owned(), code: fault.code, message: fault.message.clone() }
}

/// A fault as a field of a document as somebody has written it: with the place in the list, where it is there.
pub(crate) fn fields_of_list(fault: &ConfigFault, kind: GatewayItemKind, places: &HashMap<&str, usize>) -> FieldError {
    let rest = fault.key.strip_prefix(kind.list()).and_then(|rest| rest.strip_prefix('.'));
    let place = rest.and_then(|rest| {
        // Names may have dots: the longest that is one is meant.
        let ends = std::iter::once(rest.len()).chain(rest.rmatch_indices('.').map(|(at, _)| at));
        ends.filter_map(|end| rest.split_at_checked(end)).find_map(|(name, field)| Some((places.get(name)?, field)))
    });
    let field = place.map_or_else(|| fault.key.clone(), |(at, field)| format!("{}[{at}]{field}", kind.list()));
    FieldError { field, code: fault.code, message: fault.message.clone() }
}

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;
