//! The jobs table, as workers use it.

use super::Queue;
use super::enqueue::{ALIVE, SCHEDULE};
use super::sql::Sql;
use crate::db::dialect::skip_locked;
use crate::{Clock, DbError, Infra};
use chrono::{DateTime, Utc};
use orion_contracts::{Author, JobId};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use std::time::Duration;
use uuid::Uuid;

/// How long a worker holds a job without a sign of life.
pub(super) const LEASE: Duration = Duration::from_secs(60);
/// How much of a reason is kept.
const REASON_LENGTH: usize = 2000;
/// How many kinds are counted that nobody here knows.
const UNKNOWN_KINDS: usize = 50;

/// What a worker holds: the job, and the number of its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) id: JobId,
    pub(super) fence: i64,
}

/// A job that was taken.
pub(super) struct Taken {
    pub(super) lease: Lease,
    pub(super) kind: String,
    pub(super) payload: String,
    pub(super) attempt: i64,
    pub(super) max_attempts: i64,
    pub(super) owner: Option<Author>,
    pub(super) dedupe_key: Option<String>,
    /// How long it was due before it was taken.
    pub(super) waited: Duration,
}

impl Taken {
    /// Whether it is the one that is done again and again; its kind may be wanted besides.
    pub(super) fn is_scheduled(&self) -> bool {
        self.dedupe_key.as_deref() == Some(SCHEDULE)
    }
}

/// How a job that a worker holds ends, or goes on.
#[derive(Debug)]
pub(super) enum End<'a> {
    /// It is done: it goes, or is kept for its owner to see.
    Done { is_kept: bool },
    /// It is done for this time.
    DoneUntil { next: Duration, failure: Option<&'a str> },
    /// It is tried again.
    Retry { after: Duration, reason: &'a str },
    /// It was put down, through no fault of its own.
    PutBack,
    /// It waits for somebody to look.
    Dead { reason: &'a str },
    /// It was cancelled.
    Cancelled,
}

impl End<'_> {
    /// How long a job that is not over by it waits at least.
    pub(super) fn pause(&self) -> Duration {
        match self {
            Self::Retry { after, .. } => *after,
            _ => Duration::ZERO,
        }
    }
}

/// Whether a job of the queue waits for its turn, of these kinds.
pub(super) async fn is_due(infra: &Infra, queue: Queue, kinds: &[&str]) -> Result<bool, DbError> {
    let db = infra.db.read();
    let mut sql = Sql::new(db, &infra.clock);
    let due = due(&mut sql, queue, kinds);
    Ok(db.query_one_raw(sql.statement(format!("SELECT id FROM jobs WHERE {due} LIMIT 1"))).await?.is_some())
}

/// The condition under which a job waits for its turn. What a newer version has written waits for that version.
fn due(sql: &mut Sql<'_>, queue: Queue, kinds: &[&str]) -> String {
    let (queue, kinds, now) = (sql.bind(queue.name), list(sql, kinds), sql.now());
    format!("queue = {queue} AND state = 'due' AND due_at <= {now} AND kind IN ({kinds})")
}

fn list(sql: &mut Sql<'_>, values: &[&str]) -> String {
    values.iter().map(|value| sql.bind(*value)).collect::<Vec<_>>().join(", ")
}

/// Takes up to `limit` due jobs of these kinds, each with the next fencing number.
pub(super) async fn claim(infra: &Infra, queue: Queue, kinds: &[&str], limit: usize) -> Result<Vec<Taken>, DbError> {
    infra
        .write(Author::PLATFORM, async |change| {
            change.unaudited("taking a job is part of doing it");
            let mut sql = Sql::new(change, &infra.clock);
            let (until, started) = (sql.after(LEASE), sql.now());
            let due = due(&mut sql, queue, kinds);
            let text = format!(
                "UPDATE jobs SET state = 'running', leased_until = {until}, started_at = {started}, \
                 fence = fence + 1, attempts = attempts + 1 WHERE id IN \
                 (SELECT id FROM jobs WHERE {due} \
                 ORDER BY priority DESC, due_at LIMIT {limit} {}) \
                 RETURNING id, fence, kind, payload, attempts, max_attempts, owner, dedupe_key, due_at, started_at",
                skip_locked(change)
            );
            let claim = sql.statement(text);
            let rows = change.query_all_raw(claim).await?;
            Ok(rows.iter().map(taken).collect::<Result<_, DbErr>>()?)
        })
        .await
}

fn taken(row: &QueryResult) -> Result<Taken, DbErr> {
    let owner: Option<String> = row.try_get("", "owner")?;
    let [due_at, started_at] = ["due_at", "started_at"].map(|column| row.try_get::<DateTime<Utc>>("", column));
    Ok(Taken {
        lease: lease(row)?,
        kind: row.try_get("", "kind")?,
        payload: row.try_get("", "payload")?,
        attempt: row.try_get("", "attempts")?,
        max_attempts: row.try_get("", "max_attempts")?,
        // An owner that a newer version wrote is nobody that this one could act for.
        owner: owner.and_then(|owner| serde_json::from_str(&owner).ok()),
        dedupe_key: row.try_get("", "dedupe_key")?,
        waited: (started_at? - due_at?).to_std().unwrap_or_default(),
    })
}

fn lease(row: &QueryResult) -> Result<Lease, DbErr> {
    Ok(Lease { id: row.try_get::<Uuid>("", "id")?.into(), fence: row.try_get("", "fence")? })
}

/// Renews leases. Gives those that are still held.
pub(super) async fn renew(infra: &Infra, leases: &[Lease]) -> Result<Vec<Lease>, DbError> {
    infra
        .write(Author::PLATFORM, async |change| {
            change.unaudited("a sign of life of a worker");
            let mut sql = Sql::new(change, &infra.clock);
            let until = sql.after(LEASE);
            let held: Vec<String> = leases.iter().map(|lease| format!("({})", held(&mut sql, *lease))).collect();
            let held = held.join(" OR ");
            let renew =
                sql.statement(format!("UPDATE jobs SET leased_until = {until} WHERE {held} RETURNING id, fence"));
            let rows = change.query_all_raw(renew).await?;
            Ok(rows.iter().map(lease).collect::<Result<_, DbErr>>()?)
        })
        .await
}

/// Which running jobs of the queue somebody wants cancelled.
pub(super) async fn cancel_wanted(infra: &Infra, queue: Queue) -> Result<Vec<JobId>, DbError> {
    let db = infra.db.read();
    let mut sql = Sql::new(db, &infra.clock);
    let queue = sql.bind(queue.name);
    let text = format!(
        "SELECT id FROM jobs WHERE queue = {queue} AND state = 'running' AND cancel_requested_at IS NOT NULL LIMIT 1000"
    );
    let rows = db.query_all_raw(sql.statement(text)).await?;
    let ids = rows.iter().map(|row| Ok::<_, DbErr>(row.try_get::<Uuid>("", "id")?.into()));
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The condition under which a lease is held.
fn held(sql: &mut Sql<'_>, lease: Lease) -> String {
    let (id, fence) = (sql.bind(lease.id.0), sql.bind(lease.fence));
    format!("id = {id} AND fence = {fence} AND state = 'running'")
}

/// Renews a lease in a change; `false` when it has been given on.
pub(super) async fn holds(connection: &impl ConnectionTrait, clock: &Clock, lease: Lease) -> Result<bool, DbError> {
    let mut sql = Sql::new(connection, clock);
    let (until, held) = (sql.after(LEASE), held(&mut sql, lease));
    let renew = sql.statement(format!("UPDATE jobs SET leased_until = {until} WHERE {held}"));
    Ok(connection.execute_raw(renew).await?.rows_affected() == 1)
}

/// Writes how far jobs are.
pub(super) async fn progress(infra: &Infra, jobs: &[(Lease, i64, i64)]) -> Result<(), DbError> {
    infra
        .write(Author::PLATFORM, async |change| {
            change.unaudited("how far a job is");
            for (lease, done, total) in jobs {
                let mut sql = Sql::new(change, &infra.clock);
                let (done, total, held) = (sql.bind(*done), sql.bind(*total), held(&mut sql, *lease));
                let text = format!("UPDATE jobs SET progress_done = {done}, progress_total = {total} WHERE {held}");
                let update = sql.statement(text);
                change.execute_raw(update).await?;
            }
            Ok(())
        })
        .await
}

/// What became of a job whose end was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nothing was written: its lease has been given on.
    GivenOn,
    /// It is over.
    Over,
    /// It waits for its turn again, at once or later.
    DueAgain,
}

/// Writes how a job ends. One that was wanted once more while it ran is due again instead.
pub(super) async fn end(
    connection: &impl ConnectionTrait,
    clock: &Clock,
    lease: Lease,
    end: &End<'_>,
) -> Result<Ended, DbError> {
    let is_last = matches!(end, End::Done { .. } | End::Dead { .. } | End::Cancelled);
    // Said in the statement that ends it: whoever wants it at this moment holds its row, or finds it ended.
    let unless = if is_last { " AND again_at IS NULL" } else { "" };
    let mut sql = Sql::new(connection, clock);
    let text = match end {
        End::Done { is_kept: false } => format!("DELETE FROM jobs WHERE {}{unless}", held(&mut sql, lease)),
        other => {
            let set = set(&mut sql, other);
            format!("UPDATE jobs SET leased_until = NULL, {set} WHERE {}{unless}", held(&mut sql, lease))
        }
    };
    if connection.execute_raw(sql.statement(text)).await?.rows_affected() == 1 {
        return Ok(if is_last { Ended::Over } else { Ended::DueAgain });
    }
    if !is_last {
        return Ok(Ended::GivenOn);
    }
    let mut sql = Sql::new(connection, clock);
    let held = held(&mut sql, lease);
    let text = format!(
        "UPDATE jobs SET state = 'due', due_at = again_at, again_at = NULL, leased_until = NULL, attempts = 0, \
         last_error = NULL, cancel_requested_at = NULL WHERE {held} AND again_at IS NOT NULL"
    );
    let is_due_again = connection.execute_raw(sql.statement(text)).await?.rows_affected() == 1;
    Ok(if is_due_again { Ended::DueAgain } else { Ended::GivenOn })
}

fn set(sql: &mut Sql<'_>, end: &End<'_>) -> String {
    match end {
        // What it was made of may hold secrets, and is not needed any more.
        End::Done { .. } => format!("state = 'done', payload = 'null', finished_at = {}", sql.now()),
        End::DoneUntil { next, failure } => format!(
            "state = 'due', due_at = CASE WHEN again_at < {} THEN again_at ELSE {} END, again_at = NULL, attempts = 0, \
             cancel_requested_at = NULL, last_error = {}",
            sql.after(*next),
            sql.after(*next),
            sql.bind(failure.map(cut))
        ),
        End::Retry { after, reason } => {
            format!("state = 'due', due_at = {}, last_error = {}", sql.after(*after), sql.bind(cut(reason)))
        }
        End::PutBack => "state = 'due', attempts = attempts - 1".to_owned(),
        End::Dead { reason } => {
            format!("state = 'dead', finished_at = {}, last_error = {}", sql.now(), sql.bind(cut(reason)))
        }
        End::Cancelled => format!("state = 'cancelled', finished_at = {}", sql.now()),
    }
}

/// As much of a reason as is kept.
pub(super) fn cut(reason: &str) -> String {
    reason.chars().take(REASON_LENGTH).collect()
}

/// Jobs whose lease ran out are due again, or dead when they were taken often enough: they killed each of their workers.
/// How many they are.
pub(super) async fn take_over(infra: &Infra, queue: Queue) -> Result<u64, DbError> {
    let db = infra.db.read();
    let mut sql = Sql::new(db, &infra.clock);
    let expired = expired(&mut sql, queue);
    let look = sql.statement(format!("SELECT id FROM jobs WHERE {expired} LIMIT 1"));
    if db.query_one_raw(look).await?.is_none() {
        return Ok(0);
    }
    infra
        .write(Author::PLATFORM, async |change| {
            change.unaudited("its worker gave no sign of life");
            let mut sql = Sql::new(change, &infra.clock);
            let expired = self::expired(&mut sql, queue);
            let update = abandoned(sql, &expired);
            Ok(change.execute_raw(update).await?.rows_affected())
        })
        .await
}

fn expired(sql: &mut Sql<'_>, queue: Queue) -> String {
    let (queue, now) = (sql.bind(queue.name), sql.now());
    format!("queue = {queue} AND state = 'running' AND leased_until <= {now}")
}

/// Ends all leases. Only for whoever knows that no other worker is alive.
pub(crate) async fn release(connection: &impl ConnectionTrait, clock: &Clock) -> Result<(), DbError> {
    let release = abandoned(Sql::new(connection, clock), "state = 'running'");
    connection.execute_raw(release).await?;
    Ok(())
}

fn abandoned(mut sql: Sql<'_>, which: &str) -> sea_orm::Statement {
    let cancelled = "cancel_requested_at IS NOT NULL";
    let is_over = format!("({cancelled} OR attempts >= max_attempts)");
    // It was wanted once more while it ran.
    let again = format!("{is_over} AND again_at IS NOT NULL");
    let now = sql.now();
    sql.statement(format!(
        "UPDATE jobs SET leased_until = NULL, last_error = 'its worker stopped without a word', \
         state = CASE WHEN {again} OR NOT {is_over} THEN 'due' WHEN {cancelled} THEN 'cancelled' ELSE 'dead' END, \
         finished_at = CASE WHEN {is_over} AND again_at IS NULL THEN {now} ELSE NULL END, \
         due_at = CASE WHEN {again} THEN again_at ELSE due_at END, \
         attempts = CASE WHEN {again} THEN 0 ELSE attempts END, \
         cancel_requested_at = CASE WHEN {again} THEN NULL ELSE cancel_requested_at END, \
         again_at = CASE WHEN {again} THEN NULL ELSE again_at END WHERE {which}"
    ))
}

/// Whether the job of a schedule is there.
pub(super) async fn is_scheduled(infra: &Infra, kind: &str) -> Result<bool, DbError> {
    let db = infra.db.read();
    let mut sql = Sql::new(db, &infra.clock);
    let (kind, key) = (sql.bind(kind), sql.bind(SCHEDULE));
    let text = format!("SELECT id FROM jobs WHERE kind = {kind} AND dedupe_key = {key} AND {ALIVE}");
    Ok(db.query_one_raw(sql.statement(text)).await?.is_some())
}

/// Brings what waits, or has lost its worker, from other queues to the one that its kind has here. How many jobs.
pub(super) async fn fetch(infra: &Infra, queue: Queue, kinds: &[&str]) -> Result<u64, DbError> {
    let db = infra.db.read_aside();
    let mut sql = Sql::new(db, &infra.clock);
    let astray = astray(&mut sql, queue, kinds);
    let look = sql.statement(format!("SELECT id FROM jobs WHERE {astray} LIMIT 1"));
    if db.query_one_raw(look).await?.is_none() {
        return Ok(0);
    }
    infra
        .write(Author::PLATFORM, async |change| {
            change.unaudited("where a job waits is the version's business");
            let mut sql = Sql::new(change, &infra.clock);
            let astray = self::astray(&mut sql, queue, kinds);
            let here = sql.bind(queue.name);
            let update = sql.statement(format!("UPDATE jobs SET queue = {here} WHERE {astray}"));
            Ok(change.execute_raw(update).await?.rows_affected())
        })
        .await
}

fn astray(sql: &mut Sql<'_>, queue: Queue, kinds: &[&str]) -> String {
    let (queue, kinds, now) = (sql.bind(queue.name), list(sql, kinds), sql.now());
    format!("kind IN ({kinds}) AND queue <> {queue} AND (state = 'due' OR state = 'running' AND leased_until <= {now})")
}

/// How many jobs are due that nobody here knows, by kind: of some kinds, for they may be many.
pub(super) async fn unknown(infra: &Infra, known: &[&str]) -> Result<Vec<(String, i64)>, DbError> {
    let db = infra.db.read_aside();
    let mut sql = Sql::new(db, &infra.clock);
    let (known, now) = (list(&mut sql, known), sql.now());
    let text = format!(
        "SELECT kind, COUNT(*) AS jobs FROM jobs WHERE state = 'due' AND due_at <= {now} AND kind NOT IN ({known}) \
         GROUP BY kind ORDER BY kind LIMIT {UNKNOWN_KINDS}"
    );
    counted(&db.query_all_raw(sql.statement(text)).await?)
}

/// How many jobs of each kind are dead in a queue.
pub(super) async fn dead(infra: &Infra, queue: Queue) -> Result<Vec<(String, i64)>, DbError> {
    let db = infra.db.read_aside();
    let mut sql = Sql::new(db, &infra.clock);
    let queue = sql.bind(queue.name);
    let text =
        format!("SELECT kind, COUNT(*) AS jobs FROM jobs WHERE queue = {queue} AND state = 'dead' GROUP BY kind");
    counted(&db.query_all_raw(sql.statement(text)).await?)
}

fn counted(rows: &[QueryResult]) -> Result<Vec<(String, i64)>, DbError> {
    let kinds = rows.iter().map(|row| Ok::<_, DbErr>((row.try_get("", "kind")?, row.try_get("", "jobs")?)));
    Ok(kinds.collect::<Result<_, _>>()?)
}
