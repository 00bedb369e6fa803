//! Events that a consumer could not take, kept in the service's own database: due to be tried again, or dead, which means
//! that somebody has to look.

use crate::db::dialect::{skip_locked, statement};
use crate::{Change, Db, DbError};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

/// Stands for the consumers of what cannot be read as an event at all.
pub const ENVELOPE: &str = "*";

/// Which parked event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The event.
    pub event_id: Uuid,
    /// Who could not take it.
    pub consumer: String,
}

/// A parked event.
#[derive(Debug, Clone)]
pub struct Parked {
    /// Which.
    pub key: Key,
    /// Its kind.
    pub kind: String,
    /// The event as it came.
    pub event: String,
    /// Whether it is tried no more.
    pub is_dead: bool,
    /// Why it was not taken the last time.
    pub reason: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next; when it is dead, when it died.
    pub due_at: DateTime<Utc>,
}

const COLUMNS: &str = "event_id, consumer, kind, event, state, reason, attempts, due_at";

fn read(row: &QueryResult) -> Result<Parked, DbErr> {
    Ok(Parked {
        key: Key { event_id: row.try_get("", "event_id")?, consumer: row.try_get("", "consumer")? },
        kind: row.try_get("", "kind")?,
        event: row.try_get("", "event")?,
        is_dead: row.try_get::<String>("", "state")? == "dead",
        reason: row.try_get("", "reason")?,
        attempts: row.try_get("", "attempts")?,
        due_at: row.try_get("", "due_at")?,
    })
}

fn state(is_dead: bool) -> &'static str {
    if is_dead { "dead" } else { "due" }
}

/// Puts an event aside after its first try; one that is there already stays as it is.
pub(super) async fn park(
    change: &Change,
    key: &Key,
    kind: &str,
    event: &str,
    reason: &str,
    is_dead: bool,
) -> Result<(), DbError> {
    let due_at = if is_dead { change.now() } else { change.now() + super::retry::pause(1, &change.infra().random) };
    let insert = statement(
        change,
        "INSERT INTO parked_events (event_id, consumer, kind, event, state, reason, attempts, due_at, parked_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8) ON CONFLICT (event_id, consumer) DO NOTHING",
        [
            key.event_id.into(),
            key.consumer.as_str().into(),
            kind.into(),
            event.into(),
            state(is_dead).into(),
            reason.into(),
            due_at.into(),
            change.now().into(),
        ],
    );
    change.execute_raw(insert).await?;
    Ok(())
}

/// What is due, longest due first.
pub(super) async fn due(db: &Db, now: DateTime<Utc>, limit: usize) -> Result<Vec<Parked>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM parked_events WHERE state = 'due' AND due_at <= $1 ORDER BY due_at LIMIT {limit}"
    );
    let rows = db.read().query_all_raw(statement(db.read(), &sql, [now.into()])).await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// When something is due next.
pub(super) async fn next_due(db: &Db) -> Result<Option<DateTime<Utc>>, DbError> {
    let select = "SELECT due_at FROM parked_events WHERE state = 'due' ORDER BY due_at LIMIT 1";
    let row = db.read().query_one_raw(statement(db.read(), select, [])).await?;
    Ok(row.map(|row| row.try_get("", "due_at")).transpose()?)
}

/// Holds a parked event until the change ends; `false` when another process does, or has tried it meanwhile.
pub(super) async fn lock(change: &Change, parked: &Parked) -> Result<bool, DbError> {
    let sql = format!(
        "SELECT attempts FROM parked_events WHERE event_id = $1 AND consumer = $2 AND attempts = $3 AND state = $4 {}",
        skip_locked(change)
    );
    let values = [
        parked.key.event_id.into(),
        parked.key.consumer.as_str().into(),
        parked.attempts.into(),
        state(parked.is_dead).into(),
    ];
    Ok(change.query_one_raw(statement(change, &sql, values)).await?.is_some())
}

/// It was taken.
pub(super) async fn remove(change: &Change, key: &Key) -> Result<(), DbError> {
    let delete = statement(
        change,
        "DELETE FROM parked_events WHERE event_id = $1 AND consumer = $2",
        [key.event_id.into(), key.consumer.as_str().into()],
    );
    change.execute_raw(delete).await?;
    Ok(())
}

/// It was not taken this time either.
pub(super) async fn fail(
    change: &Change,
    parked: &Parked,
    reason: &str,
    due_at: DateTime<Utc>,
    is_dead: bool,
) -> Result<(), DbError> {
    let update = statement(
        change,
        "UPDATE parked_events SET state = $1, reason = $2, attempts = attempts + 1, due_at = $3 \
         WHERE event_id = $4 AND consumer = $5 AND attempts = $6",
        [
            state(is_dead).into(),
            reason.into(),
            due_at.into(),
            parked.key.event_id.into(),
            parked.key.consumer.as_str().into(),
            parked.attempts.into(),
        ],
    );
    change.execute_raw(update).await?;
    Ok(())
}

/// How many there are, by consumer and state.
pub(super) async fn count(db: &Db) -> Result<Vec<(String, String, i64)>, DbError> {
    let select = "SELECT consumer, state, COUNT(*) AS events FROM parked_events GROUP BY consumer, state";
    let rows = db.read().query_all_raw(statement(db.read(), select, [])).await?;
    let counts = rows.iter().map(|row| {
        Ok::<_, DbErr>((row.try_get("", "consumer")?, row.try_get("", "state")?, row.try_get("", "events")?))
    });
    Ok(counts.collect::<Result<_, _>>()?)
}

/// What is parked, newest event first.
pub async fn list(db: &Db, limit: u32) -> Result<Vec<Parked>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM parked_events ORDER BY event_id DESC, consumer LIMIT {limit}");
    let rows = db.read().query_all_raw(statement(db.read(), &sql, [])).await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Lets a parked event be tried again from the beginning; `false` when there is none.
pub async fn replay(change: &Change, key: &Key) -> Result<bool, DbError> {
    let update = statement(
        change,
        "UPDATE parked_events SET state = 'due', attempts = 0, due_at = $1 WHERE event_id = $2 AND consumer = $3",
        [change.now().into(), key.event_id.into(), key.consumer.as_str().into()],
    );
    Ok(change.execute_raw(update).await?.rows_affected() == 1)
}
