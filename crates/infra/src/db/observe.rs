//! The database metrics: queries by operation and model, their duration, and the pools.

use crate::metrics::{LATENCY_BUCKETS, Metrics};
use prometheus::{HistogramVec, IntCounterVec};
use sea_orm::{DatabaseConnection, metric::Info};

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

    pub(super) fn watch(&self, connection: &mut DatabaseConnection) {
        let metrics = self.clone();
        connection.set_metric_callback(move |info| metrics.observe(info));
    }

    fn observe(&self, info: &Info<'_>) {
        let (operation, model) = classify(&info.statement.sql);
        self.total.with_label_values(&[operation, model]).inc();
        self.duration.with_label_values(&[operation, model]).observe(info.elapsed.as_secs_f64());
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
