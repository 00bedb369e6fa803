//! What one core owns. Nothing in here is shared with another core but what it reads from snapshots.

use super::deadlines::{TICK, Ticker};
use super::settings::{EdgeSettings, EdgeShared};
use crate::identity::Authenticator;
use crate::observe::{AccessBuffer, CoreMetrics};
use crate::proxy::{Ids, Outgoing, Pool};

use crate::routing::RouteTable;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;
use orion_http::snapshot::SnapshotReader;
use orion_infra::Clock;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// Bytes that most heads to upstreams fit in.
const HEAD: usize = 4 * 1024;

/// One core of the edge.
pub struct Core {
    /// How it behaves.
    pub settings: EdgeSettings,
    /// What it shares.
    pub shared: EdgeShared,
    /// The routes in force.
    pub routes: SnapshotReader<RouteTable>,
    /// Who calls.
    pub authenticator: Authenticator,
    /// Connections to upstreams.
    pub pool: Pool,
    /// Ids of requests and traces.
    pub ids: Ids,
    /// Deadlines.
    pub ticker: Rc<Ticker>,
    /// Counts.
    pub metrics: CoreMetrics,
    /// Log lines.
    pub access: AccessBuffer,
    /// Keys of the limiter; all cores use the same hash.
    pub hash: ahash::RandomState,
    /// By what name it says that a request passed here (RFC 9110, section 7.6.3).
    pub via: HeaderValue,
    /// Where heads of requests to upstreams are written.
    heads: RefCell<BytesMut>,
    /// Whether the edge is about to end.
    pub draining: Cell<bool>,
    /// Whether its drain time is over: what is left is cut.
    pub cut: Cell<bool>,
    /// Wall time and monotonic time at the last tick.
    wall: Cell<(DateTime<Utc>, Duration)>,
}

impl Core {
    pub(super) fn new(settings: EdgeSettings, shared: EdgeShared, common: Common) -> Self {
        let ticker = Rc::new(Ticker::default());
        let clock = &shared.clock;
        ticker.set_now(clock.monotonic().as_millis() as u64);
        let (keys, revocations) = (&shared.keys, &shared.revocations);
        Self {
            routes: shared.routes.reader(),
            authenticator: Authenticator::new(settings.tokens.clone(), keys, revocations, settings.token_cache),
            pool: Pool::new(settings.upstream_idle),
            ids: Ids::new(shared.random.clone()),
            metrics: CoreMetrics::new(shared.metrics.clone()),
            access: shared.access_log.buffer(),
            heads: RefCell::default(),
            draining: Cell::new(false),
            cut: Cell::new(false),
            wall: Cell::new((clock.now(), clock.monotonic())),
            hash: common.hash,
            via: common.via,
            ticker,
            settings,
            shared,
        }
    }

    /// The head of a request to an upstream, written into the core's buffer.
    pub(crate) fn write_head(&self, request: &Outgoing<'_>) -> Bytes {
        let mut heads = self.heads.borrow_mut();
        // Room that earlier heads no longer need is used again.
        heads.reserve(HEAD);
        request.write(&mut heads);
        heads.split().freeze()
    }

    /// How often a request passed this edge already, as a line of `Via` says.
    pub(crate) fn passes(&self, via: &HeaderValue) -> usize {
        via.as_bytes().split(|byte| *byte == b',').filter(|hop| hop.trim_ascii() == self.via.as_bytes()).count()
    }

    /// Monotonic time.
    pub fn monotonic(&self) -> Duration {
        self.shared.clock.monotonic()
    }

    /// Wall time at a moment of the monotonic time, told from the last tick's: asking the system again is not needed.
    pub fn wall_at(&self, moment: Duration) -> DateTime<Utc> {
        let (wall, at) = self.wall.get();
        wall + TimeDelta::from_std(moment.saturating_sub(at)).unwrap_or_default()
    }

    /// Moves the coarse time on, for as long as the core lives.
    pub(super) async fn tick(self: Rc<Self>) {
        let clock: Clock = self.shared.clock.clone();
        for round in 1_u64.. {
            clock.sleep(Duration::from_millis(TICK)).await;
            let now = clock.monotonic();
            self.wall.set((clock.now(), now));
            self.ticker.set_now(now.as_millis() as u64);
            self.access.flush();
            if round % (1000 / TICK) == 0 {
                self.count();
                self.pool.close_unused(now);
            }
        }
    }

    /// Adds what was counted to the shared series.
    fn count(&self) {
        self.metrics.looked_up(self.authenticator.take_look_ups());
        self.metrics.flush();
    }

    /// Hands on what has not been handed on yet, and waits a moment for the log's lines to be written.
    pub(super) fn flush(&self) {
        self.count();
        self.access.flush();
        self.shared.access_log.settle();
    }
}

/// What all cores have in common, and nobody else knows before.
#[derive(Clone)]
pub(super) struct Common {
    /// The hash of the limiter's keys, unknown to callers.
    hash: ahash::RandomState,
    /// The edge's name in `Via`. Each edge has its own: several in a row are no loop.
    via: HeaderValue,
}

impl Common {
    pub(super) fn new(shared: &EdgeShared) -> Self {
        let word = || u64::from_le_bytes(shared.random.bytes());
        let name = format!("1.1 orion-{:016x}", word());
        Self {
            hash: ahash::RandomState::with_seeds(word(), word(), word(), word()),
            via: HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("1.1 orion")),
        }
    }
}
