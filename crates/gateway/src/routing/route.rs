//! A route as requests use it: everything that can be prepared is.

use super::conditions::Conditions;
use super::config_parts::{DoubleSlashes, Parameters};
use super::destinations::Destinations;
use super::pattern::{Captures, Pattern};
use super::policies::Policies;
use super::rewrite::Rewrite;
use super::{RateLimitConfig, ReservedRoute, RouteConfig};
use crate::limits::Quota;
use crate::upstream::{Cluster, Clusters};
use http::{HeaderMap, HeaderValue};
use orion_contracts::gateway::{RouteAccess, RouteInfo};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Where a route leads.
#[derive(Clone)]
pub enum Target {
    /// To servers.
    Upstream(Arc<Cluster>),
    /// To pages that the gateway serves itself.
    Gateway,
    /// Elsewhere: its policies say where.
    Elsewhere,
}

/// A rate limit with its headers.
#[derive(Debug, Clone)]
pub struct RouteLimit {
    /// The quota of each caller.
    pub quota: Quota,
    /// The value of `RateLimit-Policy`.
    pub policy: HeaderValue,
}

impl RouteLimit {
    /// Prepares a limit.
    pub fn new(config: RateLimitConfig) -> Self {
        let quota = Quota::new(config.requests, Duration::from_secs(u64::from(config.seconds)));
        let policy = format!("\"default\";q={};w={}", quota.limit(), quota.period_seconds());
        let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(""));
        Self { quota, policy }
    }
}

/// What a route uses unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteDefaults {
    /// How long connecting to an upstream may take.
    pub connect: Duration,
    /// How long an upstream may take to answer.
    pub timeout: Duration,
    /// How long it may be silent in the middle of its answer.
    pub silence: Duration,
    /// How large a request's body may be, in bytes.
    pub max_body: u64,
    /// How many requests a caller may send; `None` for no limit.
    pub rate_limit: Option<RateLimitConfig>,
}

/// A route in force.
pub struct Route {
    /// Its name, in metrics and logs.
    pub name: Arc<str>,
    /// As it is written; `None` for ORION's own.
    pub config: Option<RouteConfig>,
    /// The path that it matches, as written.
    pub path: String,
    /// The same, ready to be compared.
    pub pattern: Pattern,
    /// What else it asks of a request; `None` for nothing.
    pub conditions: Option<Box<Conditions>>,
    /// Where it leads, unless `destinations` say otherwise.
    pub target: Target,
    /// Where it leads besides: shares of the requests, and canaries.
    pub destinations: Destinations,
    /// Which path the upstream sees.
    pub rewrite: Rewrite,
    /// What it does besides; `None` for nothing.
    pub policies: Option<Box<Policies>>,
    /// Where it leads, as written.
    pub upstream: String,
    /// Who may use it.
    pub access: RouteAccess,
    /// How long connecting to the upstream may take, in milliseconds.
    pub connect: u64,
    /// How long the upstream may take to answer, in milliseconds.
    pub timeout: u64,
    /// How long it may be silent in the middle of its answer, in milliseconds.
    pub silence: u64,
    /// How long all of a request may take, in milliseconds; `None` for as long as it goes on.
    pub total: Option<u64>,
    /// How large a request's body may be, in bytes.
    pub max_body: u64,
    /// How large its head may be, in bytes, where that is less than the edge takes.
    pub max_head: Option<u64>,
    /// How many requests a caller may send; `None` for no limit.
    pub limit: Option<RouteLimit>,
    /// Whether encoded slashes pass to the upstream.
    pub encoded_slashes: bool,
    /// What becomes of double slashes.
    pub double_slashes: DoubleSlashes,
    /// What becomes of parameters of segments.
    pub parameters: Parameters,
    /// Whether the upstream is given the caller's access token.
    pub forward_token: bool,
    /// Whether API keys are taken.
    pub api_keys: bool,
    /// Whether it is one of ORION's own.
    pub reserved: bool,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("name", &self.name).field("path", &self.path).finish_non_exhaustive()
    }
}

/// Where a route leads, as it is written.
fn leads_to(config: &RouteConfig, destinations: &Destinations) -> String {
    match (&config.upstream, &config.redirect) {
        (Some(upstream), _) => upstream.to_string(),
        (None, Some(redirect)) => redirect.to.clone(),
        (None, None) => destinations.to_string(),
    }
}

/// What is made of a route as written before it is one: all that can be wrong with it.
pub(super) struct Prepared {
    pub(super) pattern: Pattern,
    pub(super) conditions: Option<Box<Conditions>>,
    pub(super) target: Target,
    pub(super) destinations: Destinations,
    pub(super) rewrite: Rewrite,
    pub(super) policies: Option<Box<Policies>>,
}

impl Route {
    /// A route of the user's.
    pub(super) fn of_config(config: &RouteConfig, prepared: Prepared, defaults: &RouteDefaults) -> Self {
        let Prepared { pattern, conditions, target, destinations, rewrite, policies } = prepared;
        Self {
            name: config.name.as_str().into(),
            path: config.path.clone(),
            upstream: leads_to(config, &destinations),
            pattern,
            conditions,
            target,
            destinations,
            rewrite,
            policies,
            access: config.access,
            connect: config.connect_ms.unwrap_or(defaults.connect.as_millis() as u64),
            timeout: config.timeout_ms.unwrap_or(defaults.timeout.as_millis() as u64),
            silence: config.silence_ms.unwrap_or(defaults.silence.as_millis() as u64),
            total: config.total_ms,
            max_body: config.max_body_bytes.unwrap_or(defaults.max_body),
            max_head: config.max_head_bytes,
            limit: config.rate_limit.or(defaults.rate_limit).map(RouteLimit::new),
            encoded_slashes: config.encoded_slashes,
            double_slashes: config.double_slashes,
            parameters: config.parameters,
            forward_token: config.forward_token,
            api_keys: config.api_keys,
            reserved: false,
            config: Some(config.clone()),
        }
    }

    /// One of ORION's own; the gateway's own pages have no limit.
    pub(super) fn of_reserved(
        reserved: &ReservedRoute,
        pattern: Pattern,
        target: Target,
        upstream: String,
        defaults: &RouteDefaults,
    ) -> Self {
        let limit = match target {
            Target::Gateway | Target::Elsewhere => None,
            Target::Upstream(_) => defaults.rate_limit.map(RouteLimit::new),
        };
        Self {
            name: reserved.path.into(),
            config: None,
            path: reserved.path.to_owned(),
            pattern,
            conditions: None,
            target,
            destinations: Destinations::default(),
            rewrite: Rewrite::default(),
            policies: None,
            upstream,
            access: reserved.access,
            connect: defaults.connect.as_millis() as u64,
            timeout: defaults.timeout.as_millis() as u64,
            silence: defaults.silence.as_millis() as u64,
            total: None,
            max_body: defaults.max_body,
            max_head: None,
            limit,
            encoded_slashes: false,
            double_slashes: DoubleSlashes::Merge,
            parameters: Parameters::Check,
            forward_token: true,
            api_keys: true,
            reserved: true,
        }
    }

    /// Where a request goes: to a canary whose header or cookie it has, else by the shares, by a number that is drawn anew for
    /// each request. `None` for pages of the gateway itself.
    pub fn upstream_of(&self, headers: &HeaderMap, random: u64) -> Option<&Arc<Cluster>> {
        match &self.target {
            Target::Gateway | Target::Elsewhere => None,
            Target::Upstream(upstream) => Some(self.destinations.choose(headers, random).unwrap_or(upstream)),
        }
    }

    /// Whether all upstreams that it names are those of this configuration.
    pub(super) fn is_of(&self, clusters: &Clusters) -> bool {
        let first = match &self.target {
            Target::Upstream(first) => Some(first),
            Target::Gateway | Target::Elsewhere => None,
        };
        first.into_iter().chain(self.destinations.upstreams()).all(|cluster| clusters.has(cluster))
    }

    /// What its path gives names to, of a canonical path that it matches.
    pub fn captures<'a>(&'a self, path: &'a str) -> Captures<'a> {
        self.pattern.captures(path)
    }

    /// Whether tokens are looked at. ORION's own public routes are where one gets a token, or renews it: a token that is
    /// no good any more must keep nobody from there, and auth looks itself where it needs to.
    pub fn looks_at_tokens(&self) -> bool {
        !(self.reserved && self.access == RouteAccess::Public)
    }

    /// How much it demands of who calls, in comparison with others: nothing, a token or an API key, a token.
    pub(super) fn demands(&self) -> u8 {
        match (self.access, self.api_keys) {
            (RouteAccess::Public, _) => 0,
            (RouteAccess::Authenticated, true) => 1,
            (RouteAccess::Authenticated, false) => 2,
        }
    }

    /// Whether another route demands more of who calls than this one does.
    pub(super) fn demands_less_than(&self, other: &Self) -> bool {
        self.demands() < other.demands()
    }

    /// The names of hosts that it is for; none for any.
    pub(super) fn hosts(&self) -> &[String] {
        self.config.as_ref().map_or(&[], |config| &config.hosts)
    }

    /// What operators are shown of it.
    pub fn info(&self) -> RouteInfo {
        RouteInfo {
            name: self.name.to_string(),
            hosts: self.hosts().to_vec(),
            path: self.path.clone(),
            conditions: self.conditions.as_ref().map(|conditions| conditions.words()).unwrap_or_default(),
            upstream: self.upstream.clone(),
            access: self.access,
            reserved: self.reserved,
        }
    }
}
