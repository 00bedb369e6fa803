//! A route as the operator writes it.

use orion_contracts::gateway::RouteAccess;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

/// A route to a service of the user's own: `[[gateway.routes]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// Its name, in metrics and logs; unique.
    pub name: String,
    /// `/shop/*` for `/shop` and all below it, or one exact path. The longest match wins.
    pub path: String,
    /// Where it leads: `http://host:port`, with a base path or without.
    #[schema(value_type = String, example = "http://127.0.0.1:8080")]
    pub upstream: Url,
    /// Who may use it; a token is demanded unless it says `public`.
    #[serde(default)]
    pub access: RouteAccess,
    /// Whether the upstream sees the path without the part that the route matched.
    #[serde(default)]
    pub strip_prefix: bool,
    /// Whether encoded slashes (`%2F`) pass to the upstream as they are; a path with one is refused otherwise.
    #[serde(default)]
    pub encoded_slashes: bool,
    /// Whether the upstream is given the caller's access token beside the identity headers. Whoever holds it can call
    /// all of ORION's APIs as the caller until it ends.
    #[serde(default)]
    pub forward_token: bool,
    /// Whether API keys are taken as well as tokens. Where not, whoever sends one is nobody, and refused unless the route is public.
    #[serde(default = "yes")]
    pub api_keys: bool,
    /// How long the upstream may take to answer, in milliseconds; the gateway's default if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// How long the upstream may be silent in the middle of its answer, in milliseconds; the gateway's default if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence_ms: Option<u64>,
    /// How large a request's body may be, in bytes; the gateway's default if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_body_bytes: Option<u64>,
    /// How many requests a caller may send; the gateway's default if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimitConfig>,
}

/// What is so unless somebody says otherwise.
fn yes() -> bool {
    true
}

/// So many requests of one caller in a time; all of them may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimitConfig {
    /// How many.
    pub requests: u32,
    /// In how many seconds.
    pub seconds: u32,
}
