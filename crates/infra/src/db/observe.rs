//! The database metrics: queries by operation and model, their duration, and the pools.

use crate::metrics::{LATENCY_BUCKETS, Metrics};
use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec};
use std::time::{Duration, Instant};

/// Counters of one service's queries.
#[derive(Clone)]
pub(super) struct QueryMetrics {
    total: IntCounterVec,
    duration: HistogramVec,
}

impl QueryMetrics {
    pub(super) fn new(metrics: &Metrics) -> Self {
        Self {
            total: metrics.counter("db_queries_total", "Database queries.", &["operation", "model"]),
            duration: metrics.histogram(
                "db_query_duration_seconds",
                "How long database queries take.",
                &["operation", "model"],
                LATENCY_BUCKETS,
            ),
        }
    }

    /// The moment at which a statement begins.
    #[allow(clippy::disallowed_methods, reason = "how long the machine takes, whatever time a test has set")]
    pub(super) fn start(&self) -> Instant {
        Instant::now()
    }

    /// The counters of one statement, to be kept with it.
    pub(super) fn of(&self, sql: &str) -> StatementMetrics {
        let (operation, model) = classify(sql);
        let (total, duration) = (&self.total, &self.duration);
        StatementMetrics {
            total: total.with_label_values(&[operation, model]),
            duration: duration.with_label_values(&[operation, model]),
        }
    }

    /// Counts a statement.
    pub(super) fn record(&self, sql: &str, elapsed: Duration) {
        self.of(sql).record(elapsed);
    }
}

/// Counters of one statement.
#[derive(Clone)]
pub(super) struct StatementMetrics {
    total: IntCounter,
    duration: Histogram,
}

impl StatementMetrics {
    /// Counts a run that has ended; how long it took.
    pub(super) fn observe(&self, started: Instant) -> Duration {
        let elapsed = started.elapsed();
        self.record(elapsed);
        elapsed
    }

    fn record(&self, elapsed: Duration) {
        self.total.inc();
        self.duration.observe(elapsed.as_secs_f64());
    }
}

/// Operation and table of a statement. Statements are ours, with bound values, so both are bounded sets.
fn classify(sql: &str) -> (&'static str, &str) {
    let (operation, keyword) = match sql.get(..6).unwrap_or_default().to_ascii_uppercase().as_str() {
        "SELECT" => ("select", "FROM "),
        "INSERT" => ("insert", "INTO "),
        "UPDATE" => ("update", "UPDATE "),
        "DELETE" => ("delete", "FROM "),
        _ => return ("other", "other"),
    };
    let model = sql.find(keyword).map_or("other", |at| {
        let rest = sql[at + keyword.len()..].trim_start_matches('"');
        &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())]
    });
    (operation, if model.is_empty() { "other" } else { model })
}

#[cfg(test)]
mod tests {
    use super::classify;

    #[test]
    fn statements_are_classified_by_operation_and_table() {
        assert_eq!(classify(r#"SELECT "a" FROM "accounts" WHERE x = $1"#), ("select", "accounts"));
        assert_eq!(classify("INSERT INTO outbox (id) VALUES ($1)"), ("insert", "outbox"));
        assert_eq!(classify(r#"UPDATE "jobs" SET a = 1"#), ("update", "jobs"));
        assert_eq!(classify("PRAGMA user_version"), ("other", "other"));
    }
}
