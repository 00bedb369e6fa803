//! Metrics of sign-in.

use orion_infra::Metrics;
use prometheus::{IntCounterVec, IntGauge};

/// What auth counts.
pub(crate) struct AuthMetrics {
    attempts: IntCounterVec,
    breach_checks: IntCounterVec,
    /// Hashes of passwords and codes, by operation: what signing in costs.
    pub(super) hashes: IntCounterVec,
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
            "Tries to prove who somebody is (by method, such as password, totp, passkey or provider) or to stay signed in (method refresh_token).",
            &["status", "method"],
        );
        let breach_checks = metrics.counter(
            "auth_breach_checks_total",
            "Passwords that a service for leaks was asked about. Those that were not answered (outcome unavailable) were taken.",
            &["outcome"],
        );
        let hashes = metrics.counter(
            "auth_hashes_total",
            "Passwords and codes that were hashed (operation hash) or compared with a hash (operation verify).",
            &["operation"],
        );
        let active_sessions = metrics.gauge("auth_active_sessions", "Sessions that are neither ended nor expired.");
        Self { attempts, breach_checks, hashes, active_sessions }
    }

    /// What came of asking whether a password is known from a leak: `known`, `unknown` or `unavailable`.
    pub(super) fn breach_check(&self, outcome: &'static str) {
        self.breach_checks.with_label_values(&[outcome]).inc();
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
