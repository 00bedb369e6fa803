//! What an operator can set.

use crate::observe::AccessSink;
use crate::routing::{RateLimitConfig, RouteConfig, RouteDefaults, RouteTable, Written};
use crate::upstream::UpstreamConfig;
use orion_contracts::FieldCode;
use orion_http::server::TrustedProxies;
use orion_infra::config::ConfigFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Where clients come in.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct GatewayConfig {
    /// Cores that serve, each with a runtime and a listener of its own; 0 for all. The kernel spreads connections over them on
    /// Linux; on macOS it gives all of them to one, so that the others stay idle.
    #[schemars(range(max = 1024))]
    pub cores: usize,
    /// Connections at once. One costs 300 KiB at most, and only while large bodies pass slowly; one that has sent half a head
    /// about 36 KiB (10,000 of them 350 MiB).
    #[schemars(range(min = 1, max = 10_000_000))]
    #[default = 10_000]
    pub max_connections: usize,
    /// How many of them one client may have; `trusted_proxies` may have all.
    #[schemars(range(min = 1, max = 10_000_000))]
    #[default = 1000]
    pub max_connections_per_client: usize,
    /// How long connecting to an upstream may take, in milliseconds.
    #[schemars(range(min = 1, max = 3_600_000))]
    #[default = 2000]
    pub connect_timeout_ms: u64,
    /// How long an upstream may take to begin its answer, in milliseconds.
    #[schemars(range(min = 100, max = LONGEST_WAIT), extend("x-dynamic" = true))]
    #[default = 30_000]
    pub request_timeout_ms: u64,
    /// How long an upstream may be silent in the middle of its answer, in milliseconds: longer than the pauses between the
    /// events of a stream.
    #[schemars(range(min = 100, max = LONGEST_WAIT), extend("x-dynamic" = true))]
    #[default = 120_000]
    pub silence_timeout_ms: u64,
    /// The largest request body, in bytes. A client must send 512 bytes of it a second, and all of it within an hour.
    #[schemars(range(min = 1024, max = 1_099_511_627_776_u64), extend("x-dynamic" = true))]
    #[default = 10_485_760]
    pub max_body_bytes: u64,
    /// So many requests of one caller in `rate_limit_seconds`; 0 for no limit. A route may set its own.
    #[schemars(range(max = 1_000_000_000), extend("x-dynamic" = true))]
    #[default = 1000]
    pub rate_limit_requests: u32,
    /// The time in which a caller may send `rate_limit_requests`, in seconds.
    #[schemars(range(min = 1, max = 31_536_000), extend("x-dynamic" = true))]
    #[default = 10]
    pub rate_limit_seconds: u32,
    /// Tokens that each core remembers as verified; 0 for none.
    #[schemars(range(max = 10_000_000))]
    #[default = 4096]
    pub token_cache: usize,
    /// Proxies before the gateway, such as "10.0.0.0/8", whose X-Forwarded-For, -Host, -Port and -Proto are believed. Empty:
    /// nobody's.
    pub trusted_proxies: TrustedProxies,
    /// One line a request.
    #[default(AccessLogTo::Off)]
    pub access_log: AccessLogTo,
    /// The file of `access_log = "file"`. One that was moved away, to rotate logs, is followed by a new one; nobody has to be
    /// told.
    #[default(PathBuf::from("access.log"))]
    pub access_log_file: PathBuf,
    /// Services of your own behind the gateway. What a file says of them is applied when it was saved; routes that are added
    /// over the API or by `orion route` come on top. In a file:
    ///
    /// ```toml
    /// [[gateway.routes]]
    /// name = "shop"                  # in metrics and logs
    /// path = "/shop/*"               # /shop and all below it; or one exact path, with or without a slash at its end;
    ///                                # "/shop/{id}/items", "/files/{rest...}"; or a regular expression, "~^/v[12]/.*$"
    /// hosts = ["shop.example.com"]   # or "*.example.com"; any if there are none
    /// methods = ["GET", "POST"]      # any if there are none
    /// headers = [{ name = "x-version", is = "2" }]   # or prefix, regex, present; and so `query`
    /// when = 'request.ip.inNetwork("10.0.0.0/8")'    # a condition in CEL
    /// upstream = "http://127.0.0.1:8080"
    /// access = "authenticated"       # a valid token is demanded; or "public": one that is not valid keeps nobody out
    /// split = [{ upstream = "http://127.0.0.1:8080", weight = 90 }]  # several, instead of upstream
    /// canary = [{ header = "x-canary", value = "always", upstream = "http://127.0.0.1:8082" }]
    /// rewrite = { prefix = "/v2" }   # or { path = "/items/{id}" }
    /// double_slashes = "merge"       # or "keep", "refuse"
    /// parameters = "check"           # of segments, as in `/shop;v=1`; or "pass", "refuse"
    /// encoded_slashes = false        # whether `%2F` in a path passes, as it is; answered 400 otherwise
    /// forward_token = false          # whether the upstream is given the caller's access token, by which it can call
    ///                                # all of ORION's APIs as the caller; another issuer's tokens always pass
    /// api_keys = true                # whether API keys are taken as well as tokens; on a "public" route that takes none,
    ///                                # whoever sends one is nobody
    /// strip_prefix = false           # whether the upstream sees the path without /shop
    /// timeout_ms = 30000             # instead of request_timeout_ms
    /// silence_ms = 120000            # instead of silence_timeout_ms
    /// connect_ms = 2000              # instead of connect_timeout_ms
    /// total_ms = 60000               # for all of a request; without end if absent
    /// max_body_bytes = 10485760
    /// max_head_bytes = 16384         # less than the gateway takes
    /// rate_limit = { requests = 100, seconds = 1 }
    /// ```
    ///
    /// The upstream is told who calls by X-Orion-User-Id, X-Orion-Session-Id and X-Orion-Roles; by no header, nobody known
    /// does. While somebody acts as that user, X-Orion-Actor-Id says who it really is; X-Orion-Organisation-Id, for which
    /// organisation they act. An API key has neither session nor roles, but X-Orion-Scopes: the permissions that it is limited
    /// to, separated by commas. The upstream sees the path in one form only: `//` is `/`, `%7E` is `~`, `%c3` is `%C3`; the
    /// query stays as it came. A path that some servers would read as that of another route (`/shop/admin;x`,
    /// `/shop%2Fadmin`) is answered 400. Which of several routes takes a request, and what is warned of, says docs/routing.md.
    pub routes: Vec<RouteConfig>,
    /// Upstreams of several endpoints, which routes name. In a file:
    ///
    /// ```toml
    /// [[gateway.upstreams]]
    /// name = "shop"
    /// endpoints = [{ url = "http://10.0.0.7:8080", weight = 2 }, { url = "http://10.0.0.8:8080" }]
    /// balance = "peak_ewma"          # or round_robin, weighted, least_connections, random, consistent_hash (with hash_by)
    /// ```
    pub upstreams: Vec<UpstreamConfig>,
}

/// The longest that an upstream may take, in milliseconds: a day.
const LONGEST_WAIT: u64 = 86_400_000;

/// Where the access log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccessLogTo {
    /// Nowhere.
    Off,
    /// Standard output, a JSON object a line.
    Stdout,
    /// The file of `access_log_file`.
    File,
}

/// What cannot be said by bounds.
pub fn check(config: &GatewayConfig) -> Vec<ConfigFault> {
    let is_nameless = config.access_log == AccessLogTo::File && config.access_log_file.as_os_str().is_empty();
    let nameless = is_nameless.then(|| {
        ConfigFault::new(
            "gateway.access_log_file",
            FieldCode::Required,
            "must name a file, because access_log is \"file\"",
        )
    });
    let services = BTreeMap::new();
    let written = Written { routes: &config.routes, upstreams: &config.upstreams };
    let routes = RouteTable::new(&services, written, &config.route_defaults()).err();
    nameless.into_iter().chain(routes.into_iter().flatten()).collect()
}

impl GatewayConfig {
    /// What routes have that do not say otherwise.
    pub(crate) fn route_defaults(&self) -> RouteDefaults {
        let (requests, seconds) = (self.rate_limit_requests, self.rate_limit_seconds);
        let limit = (requests > 0).then_some(RateLimitConfig { requests, seconds });
        RouteDefaults {
            connect: Duration::from_millis(self.connect_timeout_ms),
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
