//! A route as the operator writes it.

use super::config_parts::{
    CanaryConfig, DoubleSlashes, FieldMatchConfig, Parameters, RewriteConfig, SplitConfig, UpstreamRef, is_default,
};
use crate::policies::{
    CompressionConfig, CorsConfig, HeaderEditsConfig, MaintenanceConfig, RedirectConfig, RetryConfig,
};
use orion_contracts::gateway::RouteAccess;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A route to a service of the user's own: `[[gateway.routes]]`.
///
/// Of all routes that match a request the first of this order takes it: by host (a name, then the longest `*.` of which it
/// is, then routes without hosts); by path, read from the left, where a literal segment comes before `{name}` and that before
/// all below, regular expressions last; then with more conditions before fewer; then as they are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// Its name, in metrics and logs; unique.
    #[schema(example = "shop")]
    pub name: String,
    /// Names of hosts without a port, such as `shop.example.com`, or `*.example.com` for all below that; any host if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["shop.example.com"]))]
    pub hosts: Vec<String>,
    /// `/shop/*` for `/shop` and all below it; one exact path; `/shop/{id}/items`, where `{id}` is one segment that is not
    /// empty, and a last `{rest...}` is all below; or `~^/v[12]/.*$`, a regular expression of the whole path.
    #[schema(example = "/shop/*")]
    pub path: String,
    /// Methods, such as `GET`, which takes HEAD as well; any if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["GET"]))]
    pub methods: Vec<String>,
    /// What headers must be, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<FieldMatchConfig>,
    /// What parameters of the query must be, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<FieldMatchConfig>,
    /// What else must hold, in CEL over `request` (`method`, `host`, `path`, `ip`, and the maps `headers` and `query`), such as
    /// `request.ip.inNetwork("10.0.0.0/8")`. It costs some microseconds, where all other matches cost nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "request.ip.inNetwork(\"10.0.0.0/8\")")]
    pub when: Option<String>,

    /// Where it leads: `http://host:port`, with a base path or without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    #[schema(value_type = Option<String>, example = "http://127.0.0.1:8080")]
    pub upstream: Option<UpstreamRef>,
    /// Several upstreams, and how requests are spread over them; instead of `upstream`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub split: Vec<SplitConfig>,
    /// Other upstreams for requests with a certain header or cookie; the first that fits takes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canary: Vec<CanaryConfig>,
    /// Which path the upstream sees; the request's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<RewriteConfig>,
    /// Whether the upstream sees the path without the part that the route matched; short for `rewrite = { prefix = "/" }`.
    #[serde(default)]
    pub strip_prefix: bool,

    /// Who may use it; a token is demanded unless it says `public`.
    #[serde(default)]
    pub access: RouteAccess,
    /// Whether the upstream is given the caller's access token beside the identity headers. Whoever holds it can call
    /// all of ORION's APIs as the caller until it ends.
    #[serde(default)]
    pub forward_token: bool,
    /// Whether API keys are taken as well as tokens. Where not, whoever sends one is nobody, and refused unless the route is public.
    #[serde(default = "yes")]
    pub api_keys: bool,

    /// Whether encoded slashes (`%2F`) pass to the upstream as they are; a path with one is refused otherwise.
    #[serde(default)]
    pub encoded_slashes: bool,
    /// What becomes of `//` in a path; one slash unless it says otherwise.
    #[serde(default, skip_serializing_if = "is_default")]
    pub double_slashes: DoubleSlashes,
    /// What becomes of parameters of segments (`/shop;v=1`); they pass unless a server could take the path for another route's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub parameters: Parameters,

    /// How long connecting to the upstream may take, in milliseconds; the gateway's default if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = LONGEST_WAIT))]
    #[schema(minimum = 1, maximum = 86_400_000)]
    pub connect_ms: Option<u64>,
    /// How long the upstream may take to answer, in milliseconds; the gateway's default if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = LONGEST_WAIT))]
    #[schema(minimum = 1, maximum = 86_400_000)]
    pub timeout_ms: Option<u64>,
    /// How long the upstream may be silent in the middle of its answer, in milliseconds; the gateway's default if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = LONGEST_WAIT))]
    #[schema(minimum = 1, maximum = 86_400_000)]
    pub silence_ms: Option<u64>,
    /// How long a request and its answer may take altogether, in milliseconds; without end if absent, as streams need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = LONGEST_WAIT))]
    #[schema(minimum = 1, maximum = 86_400_000)]
    pub total_ms: Option<u64>,
    /// How large a request's body may be, in bytes; the gateway's default if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_body_bytes: Option<u64>,
    /// How large a request's head may be, in bytes, where that is less than the gateway takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 256, max = 1_048_576))]
    #[schema(minimum = 256, maximum = 1_048_576)]
    pub max_head_bytes: Option<u64>,
    /// How many requests a caller may send; the gateway's default if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimitConfig>,

    /// When it is closed, and what is answered then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<MaintenanceConfig>,
    /// Which pages of other origins may call it from a browser. Browsers ask first, by OPTIONS: where `methods` are named, the one that is
    /// asked for counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors: Option<CorsConfig>,
    /// Where whoever asks is sent; instead of `upstream`. It asks for no token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect: Option<RedirectConfig>,
    /// What becomes of the headers of requests on their way to the upstream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_headers: Option<HeaderEditsConfig>,
    /// What becomes of the headers of the upstream's answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_headers: Option<HeaderEditsConfig>,
    /// Which answers are compressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<CompressionConfig>,
    /// When a request is tried again, at another endpoint where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<RetryConfig>,
}

/// What is so unless somebody says otherwise.
fn yes() -> bool {
    true
}

/// The longest that may be waited, in milliseconds: a day.
pub(super) const LONGEST_WAIT: u64 = 86_400_000;

/// So many requests of one caller in a time; all of them may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimitConfig {
    /// How many.
    #[schema(example = 100)]
    pub requests: u32,
    /// In how many seconds.
    #[schema(example = 1)]
    pub seconds: u32,
}
