//! What brings events from the outbox to their transport: a loop per lane, and the watch over all of them.

use super::BUS_LANE;
pub use super::lane::{GATHERING, Lane};
pub use super::watch::OutboxWatch;
use crate::Infra;
use crate::backoff::Backoff;
use crate::metrics::{LATENCY_BUCKETS, Metrics};
use prometheus::core::Collector;
use prometheus::{HistogramVec, IntCounterVec, IntGaugeVec};
use std::time::Duration;

/// The pauses between two tries to bring an event somewhere.
pub(super) const PAUSES: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(60));

/// The lanes that a service's outbox has.
pub fn lanes(infra: &Infra) -> Vec<&'static str> {
    let listening: Vec<_> = super::listening().collect();
    let mut lanes = infra.events.transport().lanes(&listening);
    if infra.bus.reaches_others() {
        lanes.push(BUS_LANE);
    }
    lanes
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
    /// Jobs that are due and of a kind that this version does not know, by kind.
    pub unknown: IntGaugeVec,
    /// How old the oldest row is that is not delivered, in seconds, by lane.
    pub lane_age: IntGaugeVec,
    /// Rows that were given up because nobody took them for too long.
    pub dropped: IntCounterVec,
}

impl QueueMetrics {
    /// How many events and jobs were taken so far, in all queues.
    pub fn taken(&self) -> u64 {
        let families = self.consumed.collect();
        let counters = families.iter().flat_map(|family| family.get_metric());
        counters.map(|metric| metric.get_counter().get_value()).sum::<f64>() as u64
    }

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
            unknown: metrics.gauges(
                "jobs_unknown",
                "Jobs that are due and of a kind that this version does not know.",
                &["kind"],
            ),
            lane_age: metrics.gauges(
                "outbox_lane_age_seconds",
                "Seconds since the oldest event of a lane was written that is not delivered yet.",
                &["lane"],
            ),
            dropped: metrics.counter("outbox_dropped_total", "Events that nobody took for two weeks.", &[]),
        }
    }
}
