//! Metrics of sign-in.

use orion_infra::Metrics;
use prometheus::{IntCounterVec, IntGauge};

/// What auth counts.
pub(crate) struct AuthMetrics {
    attempts: IntCounterVec,
    /// Sessions that are alive.
    pub(crate) active_sessions: IntGauge,
}

/// How a try to prove who one is went.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attempt {
    Success,
    Failed,
    Blocked,
    Suspicious,
}

impl AuthMetrics {
    pub(super) fn new(metrics: &Metrics) -> Self {
        let attempts = metrics.counter(
            "auth_attempts_total",
            "Tries to sign in (method password) or to stay signed in (method refresh_token).",
            &["status", "method"],
        );
        let active_sessions = metrics.gauge("auth_active_sessions", "Sessions that are neither ended nor expired.");
        Self { attempts, active_sessions }
    }

    pub(super) fn attempt(&self, attempt: Attempt, method: &'static str) {
        let status = match attempt {
            Attempt::Success => "success",
            Attempt::Failed => "failed",
            Attempt::Blocked => "blocked",
            Attempt::Suspicious => "suspicious",
        };
        self.attempts.with_label_values(&[status, method]).inc();
    }
}
