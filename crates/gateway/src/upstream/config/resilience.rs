//! What is done when an upstream fails.

use super::LONGEST;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use utoipa::ToSchema;

/// Leaves out single endpoints that fail requests. A request fails that finds no connection, gets no answer or half of one, or is
/// answered 502, 503 or 504; a 500 is the application's, and one request that provokes it may not take an endpoint from all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct OutlierConfig {
    /// So many failed requests one after the other; 0 for never.
    #[schemars(range(max = 10_000))]
    #[default = 5]
    pub consecutive_failures: u32,
    /// When so many percent of what it was sent in `window_ms` have failed; 0 for never. It finds endpoints that fail now and then.
    #[schemars(range(max = 100))]
    #[default = 50]
    pub failure_percent: u32,
    /// Requests that it must have been sent in that time before a percentage means something.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[default = 50]
    pub minimum_requests: u32,
    /// The time that is looked at for it, in milliseconds.
    #[schemars(range(min = 1000, max = 3_600_000))]
    #[default = 10_000]
    pub window_ms: u64,
    /// How long it is left out the first time, in milliseconds; the second time twice that, and so on. What it was well for after
    /// that makes it less again.
    #[schemars(range(min = 1, max = LONGEST))]
    #[default = 30_000]
    pub ejection_ms: u64,
    /// How long at most.
    #[schemars(range(min = 1, max = LONGEST))]
    #[default = 300_000]
    pub max_ejection_ms: u64,
    /// How many percent of the endpoints may be left out at once, rounded down: the only one never is.
    #[schemars(range(max = 100))]
    #[default = 50]
    pub max_ejected_percent: u32,
}

/// Lets an upstream alone that fails, so that it can recover and nobody waits for it: closed (all pass), open (all are answered 503
/// at once), half-open (a few pass, and decide). What fails is said at `outliers`; a client that hangs up counts neither way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerConfig {
    /// Whether it opens by itself. By hand it can be opened in any case.
    #[default = true]
    pub enabled: bool,
    /// Requests that must have ended in `window_ms` before percentages mean something.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[default = 20]
    pub minimum_requests: u32,
    /// The time that is looked at, in milliseconds.
    #[schemars(range(min = 100, max = 3_600_000))]
    #[default = 10_000]
    pub window_ms: u64,
    /// It opens when so many percent have failed; 0 for never.
    #[schemars(range(max = 100))]
    #[default = 50]
    pub failure_percent: u32,
    /// It opens when so many have failed one after the other, however few there were; 0 for never.
    #[schemars(range(max = 1_000_000))]
    pub consecutive_failures: u32,
    /// From how long on an answer is slow, in milliseconds; 0 for never.
    #[schemars(range(max = LONGEST))]
    pub slow_ms: u64,
    /// It opens when so many percent were slow.
    #[schemars(range(min = 1, max = 100))]
    #[default = 100]
    pub slow_percent: u32,
    /// How long it is open, in milliseconds.
    #[schemars(range(min = 1, max = LONGEST))]
    #[default = 10_000]
    pub open_ms: u64,
    /// Requests that pass while it is half-open. It closes when all of them were good, and opens again with the first that was not.
    #[schemars(range(min = 1, max = 10_000))]
    #[default = 5]
    pub half_open_requests: u32,
    /// How long they may take to decide, in milliseconds. Then it opens again if one has not ended, and closes otherwise.
    #[schemars(range(min = 1, max = LONGEST))]
    #[default = 10_000]
    pub half_open_ms: u64,
}

/// How many requests are tried again in 10 seconds, as a share of those that came: when an upstream fails for all, trying all again
/// would be the load that keeps it down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct RetryBudgetConfig {
    /// How many percent; 0 for none but `minimum_per_second`.
    #[schemars(range(max = 1000))]
    #[default = 20]
    pub percent: u32,
    /// So many in each second beside that, for upstreams with few requests.
    #[schemars(range(max = 100_000))]
    #[default = 3]
    pub minimum_per_second: u32,
}
