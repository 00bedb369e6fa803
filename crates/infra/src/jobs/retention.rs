//! Tables that grow are cut: each names its column of time and how long rows are kept.

use super::{HOUSEKEEPING, Job, JobContext, Outcome, Queue};
use crate::db::dialect::statement;
use crate::{DbError, Infra};
use chrono::TimeDelta;
use orion_contracts::{Author, Problem};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

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
    RetentionRule { table: "idempotency_keys", key: "key", column: "created_at", keep: days(1), only: None },
    // A month is time enough for somebody to look at why a job died, and to come back from leave.
    RetentionRule { table: "jobs", key: "id", column: "finished_at", keep: days(30), only: Some("state = 'dead'") },
    RetentionRule { table: "jobs", key: "id", column: "finished_at", keep: days(1), only: Some(ENDED) },
];

/// Jobs that somebody may still want to see.
const ENDED: &str = "state IN ('done', 'cancelled')";

/// A number of days.
pub const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

/// Cuts one service's tables.
#[derive(Clone)]
pub struct Retention {
    infra: Infra,
    rules: Arc<[RetentionRule]>,
}

impl Retention {
    /// The platform's rules and the service's own.
    pub fn new(infra: &Infra, rules: Vec<RetentionRule>) -> Self {
        Self { infra: infra.clone(), rules: PLATFORM.iter().copied().chain(rules).collect() }
    }

    /// Removes what is too old, slice by slice until told to stop; how many rows.
    pub async fn cut(&self, rule: &RetentionRule, is_stopped: impl Fn() -> bool) -> Result<u64, DbError> {
        let RetentionRule { table, key, column, keep, only } = rule;
        let before = self.infra.believed_now().await? - *keep;
        // Said twice, for rows that share a part of the key need not be old together.
        let old = format!("{column} < $1 AND {}", only.unwrap_or("1 = 1"));
        let sql = format!(
            "DELETE FROM {table} WHERE {old} AND {key} IN (SELECT {key} FROM {table} WHERE {old} LIMIT {SLICE})"
        );
        let mut total = 0;
        loop {
            let rows = self
                .infra
                .write(Author::PLATFORM, async |change| {
                    change.unaudited("what is too old goes by a rule, and by nobody's hand");
                    let delete = statement(change, &sql, [before.into()]);
                    Ok::<_, DbError>(change.execute_raw(delete).await?.rows_affected())
                })
                .await?;
            total += rows;
            if rows < SLICE || is_stopped() {
                return Ok(total);
            }
        }
    }
}

/// Cuts all tables of a service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CutTables {}

impl CutTables {
    /// How often rows are looked for.
    pub const EVERY: Duration = Duration::from_secs(600);
}

impl Job for CutTables {
    const KIND: &'static str = "cut_tables";
    const QUEUE: Queue = HOUSEKEEPING;
    const LIMIT: Duration = Duration::from_secs(3600);
    type State = Retention;

    async fn run(self, retention: &Retention, context: &JobContext) -> Result<Outcome, Problem> {
        let believed = retention.infra.believed_now().await.map_err(Problem::from)?;
        let ahead = retention.infra.clock.now() - believed;
        if ahead > TimeDelta::hours(1) {
            let days = ahead.num_days();
            tracing::warn!(days, "this clock is ahead of the time that is believed: by that one old rows are removed");
        }
        for rule in retention.rules.iter() {
            if context.is_cancelled() {
                return Ok(Outcome::Stopped);
            }
            match retention.cut(rule, || context.is_cancelled()).await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(table = rule.table, rows, "old rows removed"),
                // The other tables do not wait for this one.
                Err(error) => tracing::warn!(table = rule.table, %error, "old rows could not be removed"),
            }
        }
        Ok(Outcome::Done)
    }
}
