//! A route as requests use it: everything that can be prepared is.

use super::{RateLimitConfig, ReservedRoute, RouteConfig};
use crate::limits::Quota;
use http::HeaderValue;
use orion_contracts::gateway::{RouteAccess, RouteInfo};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Where a route leads.
#[derive(Debug, Clone)]
pub enum Target {
    /// To a server.
    Upstream(Upstream),
    /// To pages that the gateway serves itself.
    Gateway,
}

/// A server behind the gateway.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// `host:port`, what connections are pooled by.
    pub address: Arc<str>,
    /// The Host that it is sent.
    pub host: HeaderValue,
    /// What its paths start with; empty, or without a slash at its end.
    pub base: String,
}

impl Upstream {
    /// The server of an `http` URL without user, query and fragment; else what is wrong with it.
    pub fn of_url(url: &Url) -> Result<Self, &'static str> {
        if url.scheme() != "http" {
            return Err("must be an http:// URL");
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err("must have neither user, query nor fragment");
        }
        let host = url.host_str().ok_or("must name a host")?;
        let port = url.port_or_known_default().unwrap_or(80);
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Ok(Self {
            address: format!("{host}:{port}").into(),
            host: HeaderValue::from_str(&authority).map_err(|_| "must name a host")?,
            base: url.path().trim_end_matches('/').to_owned(),
        })
    }
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
#[derive(Debug, Clone)]
pub struct RouteDefaults {
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
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name, in metrics and logs.
    pub name: Arc<str>,
    /// The path that it matches, as written.
    pub path: String,
    /// Where it leads.
    pub target: Target,
    /// Where it leads, as written.
    pub upstream: String,
    /// Who may use it.
    pub access: RouteAccess,
    /// How many leading bytes of the path the upstream does not see.
    pub strip: usize,
    /// How long the upstream may take to answer, in milliseconds.
    pub timeout: u64,
    /// How long it may be silent in the middle of its answer, in milliseconds.
    pub silence: u64,
    /// How large a request's body may be, in bytes.
    pub max_body: u64,
    /// How many requests a caller may send; `None` for no limit.
    pub limit: Option<RouteLimit>,
    /// Whether encoded slashes pass to the upstream.
    pub encoded_slashes: bool,
    /// Whether the upstream is given the caller's access token.
    pub forward_token: bool,
    /// Whether API keys are taken.
    pub api_keys: bool,
    /// Whether it is one of ORION's own.
    pub reserved: bool,
}

impl Route {
    /// A route of the user's, to its upstream.
    pub(super) fn of_config(config: &RouteConfig, upstream: Upstream, defaults: &RouteDefaults) -> Self {
        let matched = config.path.strip_suffix("/*").unwrap_or(&config.path);
        Self {
            name: config.name.as_str().into(),
            path: config.path.clone(),
            target: Target::Upstream(upstream),
            upstream: config.upstream.to_string(),
            access: config.access,
            strip: if config.strip_prefix { matched.len() } else { 0 },
            timeout: config.timeout_ms.unwrap_or(defaults.timeout.as_millis() as u64),
            silence: config.silence_ms.unwrap_or(defaults.silence.as_millis() as u64),
            max_body: config.max_body_bytes.unwrap_or(defaults.max_body),
            limit: config.rate_limit.or(defaults.rate_limit).map(RouteLimit::new),
            encoded_slashes: config.encoded_slashes,
            forward_token: config.forward_token,
            api_keys: config.api_keys,
            reserved: false,
        }
    }

    /// One of ORION's own; the gateway's own pages have no limit.
    pub(super) fn of_reserved(
        reserved: &ReservedRoute,
        target: Target,
        upstream: String,
        defaults: &RouteDefaults,
    ) -> Self {
        let limit = match target {
            Target::Gateway => None,
            Target::Upstream(_) => defaults.rate_limit.map(RouteLimit::new),
        };
        Self {
            name: reserved.path.into(),
            path: reserved.path.to_owned(),
            target,
            upstream,
            access: reserved.access,
            strip: 0,
            timeout: defaults.timeout.as_millis() as u64,
            silence: defaults.silence.as_millis() as u64,
            max_body: defaults.max_body,
            limit,
            encoded_slashes: false,
            forward_token: true,
            api_keys: true,
            reserved: true,
        }
    }

    /// Whether tokens are looked at. ORION's own public routes are where one gets a token, or renews it: a token that is
    /// no good any more must keep nobody from there, and auth looks itself where it needs to.
    pub fn looks_at_tokens(&self) -> bool {
        !(self.reserved && self.access == RouteAccess::Public)
    }

    /// What operators are shown of it.
    pub fn info(&self) -> RouteInfo {
        RouteInfo {
            name: self.name.to_string(),
            path: self.path.clone(),
            upstream: self.upstream.clone(),
            access: self.access,
            reserved: self.reserved,
        }
    }
}
