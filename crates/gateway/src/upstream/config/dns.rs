//! An upstream whose endpoints DNS knows.

use super::LONGEST;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

/// Looks up again and again where an upstream is. Each address is an endpoint, spoken to by the name of the URL, and verified by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsConfig {
    /// Such as `http://shop.internal:8080`: the addresses of its host are looked up (A and AAAA). Its port is that of all endpoints.
    #[schema(value_type = String, example = "http://shop.internal:8080")]
    pub url: Url,
    /// The service that is looked up instead (SRV), such as `_shop._tcp.internal`. It says ports and weights; of its records those of
    /// the first priority count.
    #[schemars(length(max = 255))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// After how long it is looked up again at most, in milliseconds; sooner when the answer says so (its TTL), but never more often than
    /// once a second.
    #[schemars(range(min = 1000, max = LONGEST))]
    #[serde(default = "refresh")]
    pub refresh_ms: u64,
    /// How long the last good answer counts while DNS gives none, in milliseconds.
    #[schemars(range(min = 1000, max = LONGEST))]
    #[serde(default = "keep")]
    pub keep_ms: u64,
    /// How long it counts while DNS says that there is nothing, in milliseconds. That is an answer and no error, but often one of a
    /// moment in which somebody makes a mistake.
    #[schemars(range(max = LONGEST))]
    #[serde(default = "keep_empty")]
    pub keep_empty_ms: u64,
}

fn refresh() -> u64 {
    30_000
}

fn keep() -> u64 {
    3_600_000
}

fn keep_empty() -> u64 {
    30_000
}
