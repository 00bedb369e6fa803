//! One core's proxy. Nothing in here is shared with another core but what it reads from snapshots.

use super::ids::Ids;
use super::settings::{ProxySettings, ProxyShared};
use crate::edge::Core;
use crate::identity::Authenticator;
use crate::observe::{AccessBuffer, CoreMetrics};
use crate::routing::RouteTable;
use crate::upstream::Pool;
use crate::wire::TICK;
use http::HeaderValue;
use orion_http::snapshot::SnapshotReader;
use std::rc::Rc;

/// Makes the proxy of each core.
#[derive(Clone)]
pub struct Proxies {
    settings: ProxySettings,
    shared: ProxyShared,
    /// The hash of the limiter's keys, unknown to callers.
    hash: ahash::RandomState,
    /// The gateway's name in `Via`. Each has its own: several in a row are no loop.
    via: HeaderValue,
}

impl Proxies {
    /// Proxies that behave alike and share what they must.
    pub fn new(settings: ProxySettings, shared: ProxyShared) -> Self {
        let word = || u64::from_le_bytes(shared.random.bytes());
        let name = format!("1.1 orion-{:016x}", word());
        Self {
            hash: ahash::RandomState::with_seeds(word(), word(), word(), word()),
            via: HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("1.1 orion")),
            settings,
            shared,
        }
    }

    /// The proxy of a core.
    pub fn on(&self, core: &Rc<Core>) -> Rc<Proxy> {
        let (settings, shared) = (self.settings.clone(), self.shared.clone());
        let (keys, revocations) = (&shared.keys, &shared.revocations);
        let proxy = Rc::new(Proxy {
            routes: shared.routes.reader(),
            authenticator: Authenticator::new(settings.tokens.clone(), keys, revocations, settings.token_cache),
            pool: Pool::new(settings.upstream_idle),
            ids: Ids::new(shared.random.clone()),
            metrics: CoreMetrics::new(shared.metrics.clone()),
            access: shared.access_log.buffer(),
            hash: self.hash.clone(),
            via: self.via.clone(),
            core: core.clone(),
            settings,
            shared,
        });
        let of_tick = Rc::downgrade(&proxy);
        core.at_each_tick(move |round| {
            if let Some(proxy) = of_tick.upgrade() {
                proxy.tick(round);
            }
        });
        proxy
    }
}

/// One core's proxy.
pub struct Proxy {
    pub(super) core: Rc<Core>,
    /// How it behaves.
    pub(super) settings: ProxySettings,
    /// What it shares.
    pub(super) shared: ProxyShared,
    /// The routes in force.
    pub(super) routes: SnapshotReader<RouteTable>,
    /// Who calls.
    pub(super) authenticator: Authenticator,
    /// Connections to upstreams.
    pub(super) pool: Pool,
    /// Ids of requests and traces.
    pub(super) ids: Ids,
    /// Counts.
    pub(super) metrics: CoreMetrics,
    /// Log lines.
    pub(super) access: AccessBuffer,
    /// Keys of the limiter; all cores use the same hash.
    pub(super) hash: ahash::RandomState,
    /// By what name it says that a request passed here (RFC 9110, section 7.6.3).
    pub(super) via: HeaderValue,
}

impl Proxy {
    /// How often a request passed this gateway already, as a line of `Via` says.
    pub(super) fn passes(&self, via: &HeaderValue) -> usize {
        via.as_bytes().split(|byte| *byte == b',').filter(|hop| hop.trim_ascii() == self.via.as_bytes()).count()
    }

    fn tick(&self, round: u64) {
        self.access.flush();
        if round.is_multiple_of(1000 / TICK) {
            self.count();
            self.pool.close_unused(self.core.monotonic());
        }
    }

    /// Adds what was counted to the shared series.
    fn count(&self) {
        self.metrics.looked_up(self.authenticator.take_look_ups());
        self.metrics.flush();
    }
}

impl Drop for Proxy {
    /// Hands on what has not been handed on yet, and waits a moment for the log's lines to be written.
    fn drop(&mut self) {
        self.count();
        self.access.flush();
        self.shared.access_log.settle();
    }
}
