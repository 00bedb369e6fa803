//! Which route a request takes, and why; and which routes could be taken for one another.

use crate::gateway::RouteAccess;
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use utoipa::ToSchema;

/// `POST /api/v1/routes/test`: a request that is not sent.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteTest {
    /// Its method; GET if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(min = 1, max = 32))]
    #[schema(example = "GET")]
    pub method: Option<String>,
    /// Where it goes: an http or https URL, or a path of a host that the header `host` names.
    #[garde(length(min = 1, max = 8192))]
    #[schema(example = "https://shop.example.com/shop/cart?item=1")]
    pub url: String,
    /// Its headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 100), dive)]
    pub headers: Vec<SentHeader>,
    /// The address that it comes from; that of this machine if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "ip", example = "192.0.2.1")]
    pub client: Option<IpAddr>,
}

/// A header of a request.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentHeader {
    /// Its name.
    #[garde(length(min = 1, max = 256))]
    #[schema(example = "accept")]
    pub name: String,
    /// Its value.
    #[garde(length(max = 8192))]
    #[schema(example = "application/json")]
    pub value: String,
}

/// Which route a request takes, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteExplanation {
    /// Its method.
    #[schema(example = "GET")]
    pub method: String,
    /// Its host, as it is compared.
    #[schema(example = "shop.example.com")]
    pub host: String,
    /// Its path, as it is compared; as it came where it has no such form.
    #[schema(example = "/shop/cart")]
    pub path: String,
    /// The route that it takes; none where it is refused.
    #[schema(required)]
    pub route: Option<RouteTaken>,
    /// Why it takes none, and which status answers it.
    #[schema(required)]
    pub refused: Option<RouteRefusal>,
    /// Routes that it nearly takes, the nearest first; at most 10.
    pub others: Vec<RouteNear>,
}

/// Why a request takes no route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteRefusal {
    /// The status that answers it.
    #[schema(example = 404)]
    pub status: u16,
    /// In words.
    #[schema(example = "No route takes it.")]
    pub reason: String,
}

/// The route that a request takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteTaken {
    /// Its name.
    #[schema(example = "shop")]
    pub name: String,
    /// Its path as it is written.
    #[schema(example = "/shop/*")]
    pub path: String,
    /// Whether it is one of ORION's own.
    pub reserved: bool,
    /// What it asks for and the request has: its host, its path, and whatever else.
    #[schema(example = json!(["any host", "path /shop/cart is below /shop", "method GET or POST"]))]
    pub because: Vec<String>,
    /// What its path gives names to.
    #[schema(example = json!({ "id": "17" }))]
    pub captures: BTreeMap<String, String>,
    /// What applies to the request.
    pub applies: RouteApplies,
}

/// What applies to a request on its route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteApplies {
    /// Who may use the route.
    pub access: RouteAccess,
    /// Whether API keys are taken.
    pub api_keys: bool,
    /// Whether the upstream is given the caller's token.
    pub forward_token: bool,
    /// How many requests a caller may send in how many seconds; none for no limit.
    #[schema(required)]
    pub rate_limit: Option<RouteRate>,
    /// How long connecting to the upstream may take, in milliseconds.
    #[schema(example = 2000)]
    pub connect_ms: u64,
    /// How long the upstream may take to answer, in milliseconds.
    #[schema(example = 30_000)]
    pub timeout_ms: u64,
    /// How long it may be silent in the middle of its answer, in milliseconds.
    #[schema(example = 120_000)]
    pub silence_ms: u64,
    /// How long all of it may take, in milliseconds; none for as long as it goes on.
    #[schema(required, example = 60_000)]
    pub total_ms: Option<u64>,
    /// How large the request's body may be, in bytes.
    #[schema(example = 10_485_760)]
    pub max_body_bytes: u64,
    /// How large its head may be, in bytes; none for what the gateway takes.
    #[schema(required, example = 16_384)]
    pub max_head_bytes: Option<u64>,
    /// Where it goes; several with the share of each. None for pages of the gateway itself.
    pub destinations: Vec<RouteDestination>,
    /// Why it goes to another upstream than others on this route: the header or cookie of a canary.
    #[schema(required, example = "header x-canary is \"1\"")]
    pub canary: Option<String>,
    /// What else the route does, by the keys of its configuration.
    #[schema(example = json!(["cors", "compression"]))]
    pub policies: Vec<String>,
}

/// So many requests in a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RouteRate {
    /// How many.
    #[schema(example = 100)]
    pub requests: u32,
    /// In how many seconds.
    #[schema(example = 1)]
    pub seconds: u64,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteDestination {
    /// The upstream as it is written.
    #[schema(example = "http://127.0.0.1:8080")]
    pub upstream: String,
    /// Its share of such requests, in percent.
    #[schema(example = 90.0)]
    pub percent: f64,
    /// The path and query that it sees; none where the request is answered 400.
    #[schema(required, example = "/v2/cart?item=1")]
    pub target: Option<String>,
}

/// A route that a request nearly takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RouteNear {
    /// Its name.
    #[schema(example = "admin")]
    pub name: String,
    /// Its path as it is written.
    #[schema(example = "/shop/*")]
    pub path: String,
    /// What it asks for and the request does not have; nothing where only another route comes first.
    #[schema(example = json!(["method POST"]))]
    pub lacks: Vec<String>,
}

/// Routes that a server behind, or whoever wrote them, could take for one another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct RouteWarning {
    /// The name of the route that it is about.
    #[schema(example = "admin")]
    pub route: String,
    /// The name of the other one.
    #[schema(example = "all")]
    pub other: String,
    /// What may go wrong, and what would help.
    #[schema(
        example = "What is below /admin takes \"all\", which demands less. Write /admin/* if the server serves both alike."
    )]
    pub message: String,
}
