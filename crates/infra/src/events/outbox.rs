//! The outbox table: a row per event and lane, gone when delivered.

use crate::db::dialect::{skip_locked, statement};
use crate::{Db, DbError, Transaction};
use chrono::{DateTime, Utc};
use orion_contracts::events::{Event, RefusedEvent};
use sea_orm::{ConnectionTrait, DbErr};
use std::time::Duration;
use uuid::Uuid;

/// How many events travel at once.
const BATCH: u64 = 100;
/// How long a row that cannot be read is left alone: long enough to be no load, and yet a newer version sends it.
const PARKED: Duration = Duration::from_secs(86_400);

/// A batch of one lane, held until `held_until`.
pub(super) struct Batch {
    pub(super) lane: String,
    pub(super) events: Vec<Event>,
    /// How often the first of them has been tried before.
    pub(super) attempts: i64,
    /// How many rows could not be read and were put aside.
    pub(super) unreadable: u64,
}

pub(super) async fn insert(connection: &impl ConnectionTrait, lane: &str, event: &Event) -> Result<(), DbError> {
    let payload = serde_json::to_string(event).map_err(|error| DbErr::Custom(error.to_string()))?;
    let insert = statement(
        connection,
        "INSERT INTO outbox (event_id, lane, kind, event, due_at) VALUES ($1, $2, $3, $4, $5)",
        [event.id.0.into(), lane.into(), event.body.name().into(), payload.into(), event.occurred_at.into()],
    );
    connection.execute_raw(insert).await?;
    Ok(())
}

/// Takes due events of the lane whose turn is first, and hides them from other dispatchers for `hold`.
pub(super) async fn claim(db: &Db, now: DateTime<Utc>, hold: Duration) -> Result<Option<Batch>, DbError> {
    // Looking costs a read; only when something is due is the writer asked for.
    let oldest =
        statement(db.read(), "SELECT lane FROM outbox WHERE due_at <= $1 ORDER BY due_at LIMIT 1", [now.into()]);
    let Some(row) = db.read().query_one_raw(oldest).await? else { return Ok(None) };
    let lane: String = row.try_get("", "lane")?;
    let txn = db.begin().await?;
    let sql = format!(
        "UPDATE outbox SET due_at = $1, attempts = attempts + 1 WHERE lane = $2 AND event_id IN \
         (SELECT event_id FROM outbox WHERE lane = $2 AND due_at <= $3 ORDER BY event_id LIMIT {BATCH} {}) \
         RETURNING event_id, event, attempts",
        skip_locked(txn.connection())
    );
    let claim = statement(txn.connection(), &sql, [(now + hold).into(), lane.as_str().into(), now.into()]);
    let mut batch = Batch { lane, events: Vec::new(), attempts: 0, unreadable: 0 };
    for row in txn.query_all_raw(claim).await? {
        let payload: String = row.try_get("", "event")?;
        let tried: i64 = row.try_get("", "attempts")?;
        match serde_json::from_str::<Event>(&payload) {
            Ok(event) => {
                batch.attempts = batch.attempts.max(tried - 1);
                batch.events.push(event);
            }
            Err(error) => {
                let event: Uuid = row.try_get("", "event_id")?;
                tracing::error!(lane = %batch.lane, %event, %error, "an event in the outbox cannot be read; it is put aside");
                put_off(&txn, event, &batch.lane, now + PARKED, &error.to_string()).await?;
                batch.unreadable += 1;
            }
        }
    }
    txn.commit().await?;
    batch.events.sort_by_key(|event| event.id);
    Ok((!batch.events.is_empty() || batch.unreadable > 0).then_some(batch))
}

/// Makes held events due at once. Only for whoever knows that no other dispatcher is alive.
pub(crate) async fn release(txn: &Transaction, now: DateTime<Utc>) -> Result<(), DbError> {
    let update = statement(txn.connection(), "UPDATE outbox SET due_at = $1 WHERE due_at > $1", [now.into()]);
    txn.execute_raw(update).await?;
    Ok(())
}

/// The batch has arrived, but for what was refused; that is due again later.
pub(super) async fn settle(
    db: &Db,
    batch: &Batch,
    refused: &[RefusedEvent],
    until: DateTime<Utc>,
) -> Result<(), DbError> {
    let txn = db.begin().await?;
    for (position, event) in batch.events.iter().enumerate() {
        if let Some(refusal) = refused.iter().find(|refusal| refusal.position == position) {
            put_off(&txn, event.id.0, &batch.lane, until, &refusal.reason).await?;
            continue;
        }
        let delete = statement(
            txn.connection(),
            "DELETE FROM outbox WHERE event_id = $1 AND lane = $2",
            [event.id.0.into(), batch.lane.as_str().into()],
        );
        txn.execute_raw(delete).await?;
    }
    txn.commit().await
}

async fn put_off(txn: &Transaction, event: Uuid, lane: &str, until: DateTime<Utc>, error: &str) -> Result<(), DbError> {
    let update = statement(
        txn.connection(),
        "UPDATE outbox SET due_at = $1, last_error = $2 WHERE event_id = $3 AND lane = $4",
        [until.into(), error.into(), event.into(), lane.into()],
    );
    txn.execute_raw(update).await?;
    Ok(())
}
