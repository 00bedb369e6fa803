//! What the proxy is told at its start, and what it shares with the rest of the gateway.

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

/// How the proxy behaves. Nothing here changes while it runs.
#[derive(Debug, Clone)]
pub struct ProxySettings {
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
}

impl ProxySettings {
    /// The usual behaviour, for a token policy.
    pub fn new(tokens: TokenPolicy) -> Self {
        Self {
            connect: Duration::from_secs(2),
            upstream_idle: 256,
            token_cache: 4_096,
            tokens,
            trusted_proxies: TrustedProxies::default(),
        }
    }
}

/// What the proxy reads and writes together with the rest of the gateway.
#[derive(Clone)]
pub struct ProxyShared {
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
