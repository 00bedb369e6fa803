//! Takes events from the outbox to their transport, again and again until they have arrived.

use super::{EventTransport, outbox};
use crate::metrics::{LATENCY_BUCKETS, Metrics};
use crate::{Clock, Db, DbError, Random};
use orion_contracts::events::RefusedEvent;
use prometheus::{HistogramVec, IntCounterVec, IntGaugeVec};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a dispatcher holds a batch; when it dies, another takes over after this.
const HOLD: Duration = Duration::from_secs(30);
/// Looks without being rung for, so that a lost ring costs a second at most.
const POLL: Duration = Duration::from_secs(1);
/// The longest pause between two tries.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// One service's dispatcher.
pub struct Dispatcher {
    db: Db,
    transport: Arc<dyn EventTransport>,
    clock: Clock,
    random: Random,
    published: IntCounterVec,
    failed: IntCounterVec,
    duration: HistogramVec,
}

impl Dispatcher {
    /// A dispatcher of the service's outbox.
    pub fn new(
        db: Db,
        transport: Arc<dyn EventTransport>,
        clock: Clock,
        random: Random,
        queues: &QueueMetrics,
    ) -> Self {
        let QueueMetrics { published, failed, duration, .. } = queues.clone();
        Self { db, transport, clock, random, published, failed, duration }
    }

    /// Works until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.dispatch().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "outbox cannot be read; trying again"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.db.doorbell().outbox() => {}
                () = self.clock.sleep(POLL) => {}
            }
        }
    }

    /// Sends one batch; whether there may be more.
    async fn dispatch(&self) -> Result<bool, DbError> {
        let Some(batch) = outbox::claim(&self.db, self.clock.now(), HOLD).await? else { return Ok(false) };
        self.failed.with_label_values(&["outbox", "unreadable"]).inc_by(batch.unreadable);
        if batch.events.is_empty() {
            return Ok(true);
        }
        let started = self.clock.monotonic();
        let outcome = self.transport.publish(&batch.lane, &batch.events).await;
        self.duration.with_label_values(&["outbox"]).observe((self.clock.monotonic() - started).as_secs_f64());
        let refused = outcome.unwrap_or_else(|error| {
            let reason = error.to_string();
            (0..batch.events.len()).map(|position| RefusedEvent { position, reason: reason.clone() }).collect()
        });
        let pause = backoff(batch.attempts, &self.random);
        if let Some(RefusedEvent { reason, .. }) = refused.first() {
            let (lane, events) = (&batch.lane, refused.len());
            tracing::warn!(lane, events, reason, retry_in = ?pause, "events could not be delivered");
        }
        let failed = refused.len() as u64;
        self.failed.with_label_values(&["outbox", "publish"]).inc_by(failed);
        let published = (batch.events.len() as u64).saturating_sub(failed);
        self.published.with_label_values(&["outbox", &batch.lane]).inc_by(published);
        outbox::settle(&self.db, &batch, &refused, self.clock.now() + pause).await?;
        Ok(true)
    }
}

/// Exponential with full jitter: between nothing and 250 ms · 2^attempts, a minute at most.
pub fn backoff(attempts: i64, random: &Random) -> Duration {
    let ceiling = Duration::from_millis(250).saturating_mul(1 << attempts.clamp(0, 12)).min(MAX_BACKOFF);
    ceiling.mul_f64(random.fraction()).max(Duration::from_millis(50))
}

/// The queue metrics of a service.
#[derive(Clone)]
pub struct QueueMetrics {
    /// Messages published, by queue and exchange.
    pub published: IntCounterVec,
    /// Messages consumed, by queue.
    pub consumed: IntCounterVec,
    /// Messages that failed, by queue and reason.
    pub failed: IntCounterVec,
    /// How long working on messages took, by queue.
    pub duration: HistogramVec,
    /// Jobs that were given up, by kind.
    pub dead: IntGaugeVec,
}

impl QueueMetrics {
    /// Registers them.
    pub fn new(metrics: &Metrics) -> Self {
        Self {
            published: metrics.counter("message_queue_published_total", "Messages published.", &["queue", "exchange"]),
            consumed: metrics.counter("message_queue_consumed_total", "Messages consumed.", &["queue"]),
            failed: metrics.counter("message_queue_failed_total", "Messages that failed.", &["queue", "reason"]),
            duration: metrics.histogram(
                "message_queue_processing_duration_seconds",
                "How long working on a message takes.",
                &["queue"],
                LATENCY_BUCKETS,
            ),
            dead: metrics.gauges("jobs_dead", "Jobs that were given up and wait for somebody to look.", &["kind"]),
        }
    }
}
