//! Tables that grow are cut: each names its column of time and how long rows are kept.

use crate::db::dialect::statement;
use crate::{Clock, Db, DbError};
use sea_orm::ConnectionTrait;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often rows are looked for.
const EVERY: Duration = Duration::from_secs(600);
/// How many rows go in one transaction, so that nobody waits long for the writer.
const SLICE: u64 = 1000;

/// One table's rule.
#[derive(Debug, Clone, Copy)]
pub struct RetentionRule {
    /// The table.
    pub table: &'static str,
    /// Its primary key, or a part of it that few rows share: in slices of it rows are removed.
    pub key: &'static str,
    /// The column that says how old a row is, or when it expires.
    pub column: &'static str,
    /// How long a row stays after that.
    pub keep: Duration,
    /// Which rows the rule is about, in SQL; all when there is nothing.
    pub only: Option<&'static str>,
}

/// The rules for the tables that every service has.
pub const PLATFORM: &[RetentionRule] = &[
    RetentionRule { table: "inbox", key: "event_id", column: "received_at", keep: days(14), only: None },
    // An event dies within a day or so; a month is time enough for somebody to look at why.
    RetentionRule {
        table: "parked_events",
        key: "event_id",
        column: "due_at",
        keep: days(30),
        only: Some("state = 'dead'"),
    },
    RetentionRule { table: "idempotency_keys", key: "key", column: "created_at", keep: days(1), only: None },
    // A job dies with `due_at` near; a month is time enough for somebody to look at why, and to come back from leave.
    RetentionRule { table: "jobs", key: "id", column: "due_at", keep: days(30), only: Some("state = 'dead'") },
];

/// A number of days.
pub const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

/// Cuts one service's tables.
pub struct Retention {
    db: Db,
    clock: Clock,
    rules: Vec<RetentionRule>,
}

impl Retention {
    /// The platform's rules and the service's own.
    pub fn new(db: Db, clock: Clock, rules: Vec<RetentionRule>) -> Self {
        Self { db, clock, rules: PLATFORM.iter().copied().chain(rules).collect() }
    }

    /// Works until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(EVERY) => {}
            }
            for rule in &self.rules {
                match self.cut(rule, &stop).await {
                    Ok(0) => {}
                    Ok(rows) => tracing::info!(table = rule.table, rows, "old rows removed"),
                    Err(error) => tracing::warn!(table = rule.table, %error, "old rows could not be removed"),
                }
            }
        }
    }

    /// Removes what is too old, slice by slice until told to stop; how many rows.
    pub async fn cut(&self, rule: &RetentionRule, stop: &CancellationToken) -> Result<u64, DbError> {
        let RetentionRule { table, key, column, keep, only } = rule;
        let before = self.clock.now() - *keep;
        // Said twice, for rows that share a part of the key need not be old together.
        let old = format!("{column} < $1 AND {}", only.unwrap_or("1 = 1"));
        let sql = format!(
            "DELETE FROM {table} WHERE {old} AND {key} IN (SELECT {key} FROM {table} WHERE {old} LIMIT {SLICE})"
        );
        let mut total = 0;
        loop {
            let txn = self.db.begin().await?;
            let rows = txn.execute_raw(statement(txn.connection(), &sql, [before.into()])).await?.rows_affected();
            txn.commit().await?;
            total += rows;
            if rows < SLICE || stop.is_cancelled() {
                return Ok(total);
            }
        }
    }
}
