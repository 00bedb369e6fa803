//! The jobs table.

use crate::db::dialect::{skip_locked, statement};
use crate::{Clock, Db, DbError, Random, Transaction};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use serde::de::DeserializeOwned;
use std::time::Duration;
use uuid::Uuid;

/// A job to be done.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// What to do; the handler registered under this name does it.
    pub kind: &'static str,
    /// With what, as JSON.
    pub payload: &'a serde_json::Value,
    /// Higher goes first.
    pub priority: i64,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// How often it is tried before it is dead.
    pub max_attempts: i64,
}

/// A job that a worker holds.
#[derive(Debug, Clone)]
pub struct Job {
    /// The job.
    pub id: Uuid,
    /// What to do.
    pub kind: String,
    /// With what.
    pub payload: String,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// How often it is tried at most.
    pub max_attempts: i64,
    /// The number of this lease; a worker whose lease was given on completes nothing.
    pub fence: i64,
}

impl Job {
    /// The payload as a value.
    pub fn payload<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.payload)
    }
}

/// Writes a job in the transaction of the change that wants it done.
pub async fn enqueue(txn: &Transaction, clock: &Clock, random: &Random, job: NewJob<'_>) -> Result<Uuid, DbError> {
    let id: Uuid = random.id(clock);
    let insert = statement(
        txn.connection(),
        "INSERT INTO jobs (id, kind, payload, priority, due_at, max_attempts, state, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 'due', $7)",
        [
            id.into(),
            job.kind.into(),
            job.payload.to_string().into(),
            job.priority.into(),
            job.due_at.into(),
            job.max_attempts.into(),
            clock.now().into(),
        ],
    );
    txn.execute_raw(insert).await?;
    txn.will_ring_jobs();
    Ok(id)
}

/// Takes up to `limit` due jobs for `lease`. A lease that ran out is taken over, with the next fencing number.
pub(super) async fn claim(db: &Db, now: DateTime<Utc>, lease: Duration, limit: u32) -> Result<Vec<Job>, DbError> {
    const DUE: &str = "state = 'due' AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)";
    let look = statement(db.read(), &format!("SELECT id FROM jobs WHERE {DUE} LIMIT 1"), [now.into()]);
    if db.read().query_one_raw(look).await?.is_none() {
        return Ok(Vec::new());
    }
    let txn = db.begin().await?;
    let sql = format!(
        "UPDATE jobs SET leased_until = $2, fence = fence + 1, attempts = attempts + 1 WHERE id IN \
         (SELECT id FROM jobs WHERE {DUE} ORDER BY priority DESC, due_at LIMIT {limit} {}) \
         RETURNING id, kind, payload, attempts, max_attempts, fence",
        skip_locked(txn.connection())
    );
    let rows = txn.query_all_raw(statement(txn.connection(), &sql, [now.into(), (now + lease).into()])).await?;
    let mut jobs = Vec::with_capacity(rows.len());
    for row in rows {
        jobs.push(Job {
            id: row.try_get("", "id")?,
            kind: row.try_get("", "kind")?,
            payload: row.try_get("", "payload")?,
            attempt: row.try_get("", "attempts")?,
            max_attempts: row.try_get("", "max_attempts")?,
            fence: row.try_get("", "fence")?,
        });
    }
    txn.commit().await?;
    Ok(jobs)
}

/// How many jobs of each kind are dead.
pub(super) async fn dead(db: &Db) -> Result<Vec<(String, i64)>, DbError> {
    let count = "SELECT kind, COUNT(*) AS dead FROM jobs WHERE state = 'dead' GROUP BY kind";
    let rows = db.read().query_all_raw(statement(db.read(), count, [])).await?;
    let kinds = rows.iter().map(|row| Ok::<_, DbErr>((row.try_get("", "kind")?, row.try_get("", "dead")?)));
    Ok(kinds.collect::<Result<_, _>>()?)
}

/// Ends all leases. Only for whoever knows that no other worker is alive.
pub(crate) async fn release(txn: &Transaction) -> Result<(), DbError> {
    let update = "UPDATE jobs SET leased_until = NULL WHERE leased_until IS NOT NULL";
    txn.execute_raw(statement(txn.connection(), update, [])).await?;
    Ok(())
}

/// The job is done; `false` when the lease has been given on, and the transaction must be rolled back.
pub async fn complete(txn: &Transaction, job: &Job) -> Result<bool, DbError> {
    let delete =
        statement(txn.connection(), "DELETE FROM jobs WHERE id = $1 AND fence = $2", [job.id.into(), job.fence.into()]);
    Ok(txn.execute_raw(delete).await?.rows_affected() == 1)
}

/// The job is due again later, or dead when it was tried often enough.
pub(super) async fn retry(db: &Db, job: &Job, due_at: DateTime<Utc>, dead: bool, error: &str) -> Result<(), DbError> {
    let txn = db.begin().await?;
    let update = statement(
        txn.connection(),
        "UPDATE jobs SET state = $1, due_at = $2, leased_until = NULL, last_error = $3 WHERE id = $4 AND fence = $5",
        [(if dead { "dead" } else { "due" }).into(), due_at.into(), error.into(), job.id.into(), job.fence.into()],
    );
    txn.execute_raw(update).await?;
    txn.commit().await
}
