//! `[gateway]`; `config/orion.default.toml` explains each key.

use crate::observe::AccessSink;
use crate::routing::{RateLimitConfig, RouteConfig, RouteDefaults, RouteTable};
use orion_http::server::TrustedProxies;
use orion_infra::config::{ConfigFault, at_least_one};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The gateway's configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is explained in config/orion.default.toml")]
pub struct GatewayConfig {
    pub cores: usize,
    pub max_connections: usize,
    pub max_connections_per_client: usize,
    pub connect_timeout_ms: u64,
    pub request_timeout_ms: u64,
    pub silence_timeout_ms: u64,
    pub max_body_bytes: u64,
    pub rate_limit_requests: u32,
    pub rate_limit_seconds: u32,
    pub token_cache: usize,
    pub trusted_proxies: TrustedProxies,
    pub access_log: AccessLogTo,
    pub access_log_file: PathBuf,
    pub routes: Vec<RouteConfig>,
}

/// Where the access log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessLogTo {
    /// Nowhere.
    Off,
    /// Standard output, a JSON object a line.
    Stdout,
    /// The file of `access_log_file`.
    File,
}

/// Says whether the configuration can be used.
pub fn check(config: &GatewayConfig) -> Result<(), ConfigFault> {
    at_least_one(
        "gateway",
        &[
            ("max_connections", config.max_connections as u64),
            ("max_connections_per_client", config.max_connections_per_client as u64),
            ("connect_timeout_ms", config.connect_timeout_ms),
            ("request_timeout_ms", config.request_timeout_ms),
            ("silence_timeout_ms", config.silence_timeout_ms),
        ],
    )?;
    if config.rate_limit_requests > 0 {
        at_least_one("gateway", &[("rate_limit_seconds", config.rate_limit_seconds.into())])?;
    }
    if config.access_log == AccessLogTo::File && config.access_log_file.as_os_str().is_empty() {
        return Err(ConfigFault::new("gateway.access_log_file", "must name a file, because access_log is \"file\""));
    }
    RouteTable::new(&BTreeMap::new(), &config.routes, &config.route_defaults()).map(drop)
}

impl GatewayConfig {
    /// What routes have that do not say otherwise.
    pub(crate) fn route_defaults(&self) -> RouteDefaults {
        let (requests, seconds) = (self.rate_limit_requests, self.rate_limit_seconds);
        let limit = (requests > 0).then_some(RateLimitConfig { requests, seconds });
        RouteDefaults {
            timeout: Duration::from_millis(self.request_timeout_ms),
            silence: Duration::from_millis(self.silence_timeout_ms),
            max_body: self.max_body_bytes,
            rate_limit: limit,
        }
    }

    pub(crate) fn access_sink(&self) -> AccessSink {
        match self.access_log {
            AccessLogTo::Off => AccessSink::Off,
            AccessLogTo::Stdout => AccessSink::Stdout,
            AccessLogTo::File => AccessSink::File(self.access_log_file.clone()),
        }
    }

    /// Cores that serve: all, unless fewer are asked for.
    pub(crate) fn cores(&self) -> usize {
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        if self.cores == 0 { available } else { self.cores }
    }
}
