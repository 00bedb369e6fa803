//! An upstream as the operator writes it: `[[gateway.upstreams]]`.

mod balance;
mod check;
mod dns;
mod health;
mod resilience;

pub use balance::{Balance, HashBy};
pub use dns::DnsConfig;
pub use health::{HealthConfig, HealthKind, StatusRange};
pub use resilience::{BreakerConfig, OutlierConfig, RetryBudgetConfig};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::path::PathBuf;
use url::Url;
use utoipa::ToSchema;

/// Endpoints that an upstream may have: each costs about 1 KiB, and balancing looks at all of them when one has failed.
pub const MAX_ENDPOINTS: usize = 1024;
/// The longest time that can be configured, in milliseconds: a day.
pub(super) const LONGEST: u64 = 86_400_000;

/// A service behind the gateway, and how its endpoints are used. Routes name it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["name"]))]
pub struct UpstreamConfig {
    /// Its name, by which routes lead to it, in metrics and logs: 1 to 64 letters, digits, `-`, `_` and `.`; unique.
    #[schemars(length(min = 1, max = 64))]
    #[schema(required, example = "shop")]
    pub name: String,
    /// Where it is served, all of one scheme and with one base path; or `dns` instead.
    #[schemars(length(max = 1024))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<EndpointConfig>,
    /// Where DNS knows that it is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<DnsConfig>,
    /// Which endpoint a request goes to.
    pub balance: Balance,
    /// What `balance = "consistent_hash"` keeps together: "header:x-tenant", "cookie:cart", or the client's "address". A request
    /// without it goes to an endpoint by chance.
    #[schema(value_type = Option<String>, example = "header:x-tenant")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_by: Option<HashBy>,
    /// For how long an endpoint that came, or came back, gets a share that grows from a tenth to the whole, in milliseconds, so that
    /// its caches and pools fill before all of its load is there; 0 for at once. What is there from the beginning has all of it.
    #[schemars(range(max = LONGEST))]
    pub slow_start_ms: u64,
    /// How `https://` endpoints are verified. That they are is not a choice.
    #[serde(skip_serializing_if = "TlsConfig::is_default")]
    pub tls: TlsConfig,
    /// How long connecting may take, TLS included, in milliseconds; `gateway.connect_timeout_ms` if absent.
    #[schemars(range(min = 1, max = 3_600_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<u64>,
    /// How long an idle connection is kept at most, in milliseconds, unless the upstream says less (`Keep-Alive: timeout`). It should
    /// be less than what the upstream keeps them for, or a request may meet a connection that is just being closed; many servers
    /// close after 5 seconds.
    #[schemars(range(max = LONGEST))]
    #[default = 4000]
    pub idle_ms: u64,
    /// After so many requests a connection is closed, so that load moves to endpoints that came later; 0 for no limit.
    #[schemars(range(max = 1_000_000_000))]
    pub max_requests_per_connection: u32,
    /// How endpoints are asked whether they are well; absent: only what happens to requests tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthConfig>,
    /// How endpoints that fail requests are left out for a while.
    pub outliers: OutlierConfig,
    /// When less than so many percent of the endpoints are well, all of them are used: the few would break under the load of all,
    /// and it is more likely that the way of asking is broken. 0 for never: then nobody is served when no endpoint is well.
    #[schemars(range(max = 100))]
    #[default = 50]
    pub panic_percent: u32,
    /// When the upstream as a whole is let alone.
    pub breaker: BreakerConfig,
    /// How many requests are tried again.
    pub retry_budget: RetryBudgetConfig,
    /// Requests at once, in this process; 0 for no limit. More wait, as far as `max_queued` goes.
    #[schemars(range(max = 1_000_000))]
    #[default = 1024]
    pub max_requests: u32,
    /// Requests that may wait for their turn when `max_requests` are under way; whoever comes then is answered 503. 0: nobody waits.
    #[schemars(range(max = 100_000))]
    #[default = 256]
    pub max_queued: u32,
    /// How long a request waits for its turn, in milliseconds; then it is answered 503. Short, for whoever waits longer has often
    /// gone or asked again.
    #[schemars(range(min = 1, max = 3_600_000))]
    #[default = 1000]
    pub queue_ms: u64,
}

impl UpstreamConfig {
    /// Whether it is spoken to by TLS.
    pub(super) fn is_tls(&self) -> bool {
        let urls = self.endpoints.iter().map(|endpoint| &endpoint.url).chain(self.dns.as_ref().map(|dns| &dns.url));
        urls.into_iter().any(|url| url.scheme() == "https")
    }
}

/// One place where an upstream is served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointConfig {
    /// `http://host:port` or `https://host:port`, with a base path or without.
    #[schema(value_type = String, example = "http://10.0.0.7:8080")]
    pub url: Url,
    /// Its share beside the others: one with 2 gets twice as much as one with 1. Round robin alone gives all the same.
    #[schemars(range(min = 1, max = 1000))]
    #[serde(default = "one")]
    pub weight: u32,
}

fn one() -> u32 {
    1
}

/// How `https://` endpoints are verified.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// The file, in PEM, with the authorities that are trusted instead of the system's.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// The name that certificates must have, and that is asked for (SNI), where it is not the host of the URL.
    #[schemars(length(max = 253))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
}

impl TlsConfig {
    /// Whether it says nothing.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
