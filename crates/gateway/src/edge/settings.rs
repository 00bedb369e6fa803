//! What the edge is told at its start, and what it shares with the rest of the gateway.

use super::framing::{HeadLimits, StreamTimeouts};
use crate::identity::{Keys, Revocations, TokenPolicy};
use crate::limits::Limiter;
use crate::observe::{AccessLog, RequestMetrics};
use crate::routing::RouteTable;
use orion_http::Identity;
use orion_http::server::TrustedProxies;
use orion_http::snapshot::Snapshot;
use orion_infra::{Clock, Random};
use std::sync::Arc;
use std::time::Duration;

/// How the edge behaves. Nothing here changes while it runs.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// How many cores it uses: threads, each with a listener of its own.
    pub cores: usize,
    /// How many connections it takes at once.
    pub max_connections: usize,
    /// How many of them one client may have.
    pub max_connections_per_client: usize,
    /// How large a request's head may be.
    pub head: HeadLimits,
    /// How long clients may take.
    pub timeouts: StreamTimeouts,
    /// How long a connection may be idle between requests.
    pub idle: Duration,
    /// How long connecting to an upstream may take.
    pub connect: Duration,
    /// Idle connections that each core keeps to each upstream.
    pub upstream_idle: usize,
    /// Tokens that each core remembers.
    pub token_cache: usize,
    /// Which tokens are taken.
    pub tokens: TokenPolicy,
    /// Whose `X-Forwarded-*` is believed.
    pub trusted_proxies: TrustedProxies,
    /// How long requests in flight may take once the edge is told to stop.
    pub drain: Duration,
}

impl EdgeSettings {
    /// The usual behaviour, for a token policy.
    pub fn new(tokens: TokenPolicy) -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            max_connections: 10_000,
            max_connections_per_client: 1_000,
            head: HeadLimits::default(),
            timeouts: StreamTimeouts { head: 10_000, body: 30_000, least_rate: 512, whole_body: 3_600_000 },
            idle: Duration::from_secs(75),
            connect: Duration::from_secs(2),
            upstream_idle: 256,
            token_cache: 4_096,
            tokens,
            trusted_proxies: TrustedProxies::default(),
            drain: Duration::from_secs(20),
        }
    }
}

/// What the edge reads and writes together with the rest of the gateway.
#[derive(Clone)]
pub struct EdgeShared {
    /// The time.
    pub clock: Clock,
    /// Randomness for ids.
    pub random: Random,
    /// The routes in force.
    pub routes: Arc<Snapshot<RouteTable>>,
    /// The keys that verify tokens.
    pub keys: Arc<Snapshot<Keys>>,
    /// What auth has revoked.
    pub revocations: Arc<Snapshot<Revocations>>,
    /// Knows API keys; without it none is taken.
    pub identity: Option<Identity>,
    /// The rate limiter of all cores.
    pub limiter: Arc<Limiter>,
    /// The metrics of all cores.
    pub metrics: RequestMetrics,
    /// The access log.
    pub access_log: AccessLog,
    /// The pages that the gateway answers itself: `/livez` and `/readyz`.
    pub pages: axum::Router,
}
