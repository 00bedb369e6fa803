//! What the gateway says of the services behind it.

use serde::{Deserialize, Serialize};

/// What a breaker is. The numbers are those of the metric `circuit_breaker_state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CircuitState {
    /// All requests pass.
    Closed = 0,
    /// A few pass, and decide.
    HalfOpen = 1,
    /// None passes.
    Open = 2,
}

/// An upstream, as one process knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UpstreamInfo {
    /// Its name.
    #[schema(example = "shop")]
    pub name: String,
    /// How its endpoints are chosen.
    #[schema(example = "peak_ewma")]
    pub balance: String,
    /// Whether so few endpoints are well that all are used.
    pub is_panicking: bool,
    /// Its endpoints.
    pub endpoints: Vec<EndpointInfo>,
    /// Its breaker.
    pub breaker: BreakerInfo,
    /// Requests under way.
    #[schema(example = 12)]
    pub in_flight: u32,
    /// Requests that wait for their turn.
    #[schema(example = 0)]
    pub queued: u32,
    /// Requests of the last 10 seconds.
    #[schema(example = 4210)]
    pub recent_requests: u64,
    /// Those of them that were tried again.
    #[schema(example = 3)]
    pub recent_retries: u64,
}

/// An endpoint, as one process knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EndpointInfo {
    /// Where it is.
    #[schema(example = "http://10.0.0.7:8080")]
    pub url: String,
    /// Its share beside the others.
    #[schema(example = 1)]
    pub weight: u32,
    /// Whether it is well.
    pub health: EndpointHealth,
    /// Why probes say that it fails.
    #[schema(required, example = "503 Service Unavailable")]
    pub reason: Option<String>,
    /// For how long it is left out yet, in milliseconds.
    #[schema(required, example = 12000)]
    pub ejected_for_ms: Option<u64>,
    /// Requests under way there.
    #[schema(example = 4)]
    pub in_flight: u32,
    /// How long its answers took lately, in microseconds: an average that slow ones raise at once. None before its first answer.
    #[schema(required, example = 1830)]
    pub latency_us: Option<u64>,
    /// Requests that were answered, since it came.
    #[schema(example = 90210)]
    pub good: u64,
    /// Requests that failed.
    #[schema(example = 2)]
    pub failed: u64,
    /// Requests whose end says nothing of it.
    #[schema(example = 17)]
    pub cancelled: u64,
}

/// Whether an endpoint is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointHealth {
    /// No probe has said anything, and its requests do not fail.
    Unknown,
    /// Probes say so.
    Healthy,
    /// Probes say that it is not.
    Failing,
    /// It is left out for a while, for its requests failed.
    Ejected,
}

/// A breaker, as one process knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BreakerInfo {
    /// What it is.
    pub state: CircuitState,
    /// In how many milliseconds it changes by itself: from open to half-open, or from half-open to one of the others. 0: with the next
    /// request.
    #[schema(required, example = 4200)]
    pub changes_in_ms: Option<u64>,
    /// Who holds it as it is.
    #[schema(required)]
    pub held: Option<HeldInfo>,
    /// Requests in its window.
    #[schema(example = 412)]
    pub requests: u64,
    /// Those of them that failed.
    #[schema(example = 3)]
    pub failed: u64,
    /// Those of them that were slow.
    #[schema(example = 9)]
    pub slow: u64,
    /// Requests that were let pass since it is half-open.
    #[schema(example = 0)]
    pub probes_passed: u32,
    /// Those of them that were good.
    #[schema(example = 0)]
    pub probes_good: u32,
}

/// Who set a breaker by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HeldInfo {
    /// Who.
    #[schema(example = "ada@example.com")]
    pub by: String,
    /// Why.
    #[schema(example = "The database behind it moves until noon.")]
    pub reason: String,
}
