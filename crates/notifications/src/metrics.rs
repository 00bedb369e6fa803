//! The service's metrics.

use orion_contracts::notifications::{Channel, NotificationStatus};
use orion_infra::Metrics;
use orion_infra::metrics::LATENCY_BUCKETS;
use prometheus::{HistogramVec, IntCounterVec};
use std::time::Duration;

/// What is counted of deliveries and of the providers that carry them.
pub(crate) struct NotificationMetrics {
    sent: IntCounterVec,
    calls: IntCounterVec,
    call_duration: HistogramVec,
}

impl NotificationMetrics {
    /// Registers them.
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self {
            sent: metrics.counter(
                "notifications_sent_total",
                "Deliveries that have come to an end, by channel and state.",
                &["type", "status"],
            ),
            calls: metrics.counter(
                "external_api_requests_total",
                "Calls to providers outside the platform.",
                &["provider", "endpoint", "status"],
            ),
            call_duration: metrics.histogram(
                "external_api_duration_seconds",
                "How long calls to providers take.",
                &["provider", "endpoint"],
                LATENCY_BUCKETS,
            ),
        }
    }

    /// A delivery has come to an end.
    pub(crate) fn ended(&self, channel: Channel, state: NotificationStatus) {
        self.sent.with_label_values(&[channel.as_str(), state.as_str()]).inc();
    }

    /// A provider was called.
    pub(crate) fn called(&self, provider: &str, endpoint: &str, status: &str, duration: Duration) {
        self.calls.with_label_values(&[provider, endpoint, status]).inc();
        self.call_duration.with_label_values(&[provider, endpoint]).observe(duration.as_secs_f64());
    }
}
