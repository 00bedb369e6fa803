//! The outbox table: a row per event and lane, gone when delivered.

use crate::db::dialect::statement;
use crate::request::RequestContext;
use crate::{Db, DbError, Infra};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::events::{Event, EventPayload};
use orion_contracts::{EventId, ServiceName};
use sea_orm::{ConnectionTrait, DbErr, Value};
use serde_json::value::RawValue;
use std::time::Duration;
use uuid::Uuid;

/// How many events travel at once.
pub(super) const BATCH: usize = 100;
/// How many bytes of events travel at once, as long as that is one event.
const BATCH_BYTES: usize = 256 * 1024;
/// How many rows are cut at once, so that nobody waits long for the writer.
const SLICE: u64 = 1000;

/// An event on its way out, as it was written.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its id.
    pub id: EventId,
    /// Its kind, which is its routing key.
    pub kind: String,
    /// The event as JSON.
    pub event: Box<RawValue>,
}

/// An event that is told with a change and is not written yet.
pub(crate) struct Told {
    id: EventId,
    kind: &'static str,
    listeners: &'static [ServiceName],
    now: DateTime<Utc>,
    text: serde_json::Result<String>,
}

impl Told {
    pub(crate) fn of<P: EventPayload>(
        infra: &Infra,
        now: DateTime<Utc>,
        (aggregate_id, aggregate_version): (Uuid, i64),
        payload: &P,
    ) -> Self {
        let id = infra.random.id(&infra.clock);
        let event = Event {
            id,
            source: infra.service,
            aggregate_id,
            aggregate_version,
            occurred_at: now,
            traceparent: RequestContext::current().traceparent.clone(),
            kind: P::KIND.to_owned(),
            data: payload,
        };
        Self { id, kind: P::KIND, listeners: P::LISTENERS, now, text: serde_json::to_string(&event) }
    }

    pub(crate) fn id(&self) -> EventId {
        self.id
    }
}

/// Writes an event into the change that it tells of; the lanes that it leaves by.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    infra: &Infra,
    told: Told,
) -> Result<Vec<&'static str>, DbError> {
    let text = told.text.map_err(|error| DbErr::Custom(error.to_string()))?;
    let lanes = infra.events.transport().lanes(&super::listeners(told.listeners));
    let mut values: Vec<Value> = vec![told.id.0.into(), told.kind.into(), text.into(), told.now.into()];
    let mut rows = Vec::with_capacity(lanes.len());
    for lane in &lanes {
        values.push((*lane).into());
        rows.push(format!("($1, ${}, $2, $3, $4, $4)", values.len()));
    }
    let sql =
        format!("INSERT INTO outbox (event_id, lane, kind, event, created_at, due_at) VALUES {}", rows.join(", "));
    connection.execute_raw(statement(connection, &sql, values)).await?;
    Ok(lanes)
}

/// A row of a lane.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) text: String,
    /// How often it was put off.
    pub(super) attempts: i64,
}

/// Nothing is put off for so long: what is due later was written by a clock that was ahead, and is due now.
const ASTRAY: TimeDelta = TimeDelta::days(2);

/// The due rows of a lane, oldest first, as many as travel at once; and whether more are due.
pub(super) async fn due(db: &Db, lane: &str, now: DateTime<Utc>) -> Result<(Vec<Row>, bool), DbError> {
    let sql = format!(
        "SELECT event_id, kind, event, attempts FROM outbox WHERE lane = $1 AND (due_at <= $2 OR due_at > $3) \
         ORDER BY event_id LIMIT {BATCH}"
    );
    let rows =
        db.read().query_all_raw(statement(db.read(), &sql, [lane.into(), now.into(), (now + ASTRAY).into()])).await?;
    let row = |row: sea_orm::QueryResult| {
        Ok::<_, DbErr>(Row {
            id: row.try_get("", "event_id")?,
            kind: row.try_get("", "kind")?,
            text: row.try_get("", "event")?,
            attempts: row.try_get("", "attempts")?,
        })
    };
    let mut rows = rows.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let is_cut = cut_to(&mut rows, BATCH_BYTES);
    let more = is_cut || rows.len() == BATCH;
    Ok((rows, more))
}

/// Leaves what travels at once, and at least one; whether something was cut off.
fn cut_to(rows: &mut Vec<Row>, most: usize) -> bool {
    let (all, mut bytes) = (rows.len(), 0);
    let fit = rows.iter().take_while(|row| {
        bytes += row.text.len();
        bytes <= most
    });
    let fit = fit.count().max(1);
    rows.truncate(fit);
    fit < all
}

/// When the oldest row of a lane was written.
pub(super) async fn oldest(db: &Db, lane: &str) -> Result<Option<DateTime<Utc>>, DbError> {
    let select = "SELECT created_at FROM outbox WHERE lane = $1 ORDER BY event_id LIMIT 1";
    let row = db.read().query_one_raw(statement(db.read(), select, [lane.into()])).await?;
    Ok(row.map(|row| row.try_get("", "created_at")).transpose()?)
}

/// Whether there is anything at all.
pub(super) async fn is_empty(db: &Db) -> Result<bool, DbError> {
    let select = statement(db.read(), "SELECT lane FROM outbox LIMIT 1", []);
    Ok(db.read().query_one_raw(select).await?.is_none())
}

/// Removes rows of a lane, all by one statement.
pub(super) async fn remove(connection: &impl ConnectionTrait, lane: &str, ids: &[Uuid]) -> Result<(), DbError> {
    if ids.is_empty() {
        return Ok(());
    }
    let places: Vec<_> = (2..ids.len() + 2).map(|place| format!("${place}")).collect();
    let sql = format!("DELETE FROM outbox WHERE lane = $1 AND event_id IN ({})", places.join(", "));
    let values = std::iter::once(lane.into()).chain(ids.iter().map(|id| (*id).into()));
    connection.execute_raw(statement(connection, &sql, values)).await?;
    Ok(())
}

/// A row that is not for now, because it was refused or cannot be read.
pub(super) struct PutOff {
    pub(super) id: Uuid,
    pub(super) reason: String,
    pub(super) pause: Duration,
}

/// Puts a row off.
pub(super) async fn put_off(
    connection: &impl ConnectionTrait,
    lane: &str,
    row: &PutOff,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let update = statement(
        connection,
        "UPDATE outbox SET due_at = $1, attempts = attempts + 1, last_error = $2 WHERE event_id = $3 AND lane = $4",
        [(now + row.pause).into(), row.reason.as_str().into(), row.id.into(), lane.into()],
    );
    connection.execute_raw(update).await?;
    Ok(())
}

/// Gives rows of a lane that the transport does not have to the lanes that it has: they are left over from before the
/// configuration changed. Everyone concerned gets them, and has perhaps had them before. How many there were.
pub(super) async fn readdress(
    db: &Db,
    from: &str,
    lanes: impl Fn(&str) -> Vec<&'static str>,
) -> Result<usize, DbError> {
    let sql = format!("SELECT event_id, kind FROM outbox WHERE lane = $1 ORDER BY event_id LIMIT {BATCH}");
    let rows = db.read().query_all_raw(statement(db.read(), &sql, [from.into()])).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let transaction = db.transaction().await?;
    let mut moved = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, kind): (Uuid, String) = (row.try_get("", "event_id")?, row.try_get("", "kind")?);
        for lane in lanes(&kind) {
            let copy = statement(
                &transaction,
                "INSERT INTO outbox (event_id, lane, kind, event, created_at, due_at) \
                 SELECT event_id, $3, kind, event, created_at, due_at FROM outbox WHERE event_id = $1 AND lane = $2 \
                 ON CONFLICT (event_id, lane) DO NOTHING",
                [id.into(), from.into(), lane.into()],
            );
            transaction.execute_raw(copy).await?;
        }
        moved.push(id);
    }
    remove(&transaction, from, &moved).await?;
    transaction.commit().await?;
    Ok(moved.len())
}

/// Removes a slice of what was written before this moment; how many rows.
pub(super) async fn cut(db: &Db, before: DateTime<Utc>) -> Result<u64, DbError> {
    let sql = format!(
        "DELETE FROM outbox WHERE created_at < $1 AND event_id IN \
         (SELECT event_id FROM outbox WHERE created_at < $1 LIMIT {SLICE})"
    );
    // Looking costs a read; only when something is too old is the writer asked for.
    let look = statement(db.read(), "SELECT lane FROM outbox WHERE created_at < $1 LIMIT 1", [before.into()]);
    if db.read().query_one_raw(look).await?.is_none() {
        return Ok(0);
    }
    let transaction = db.transaction().await?;
    let rows = transaction.execute_raw(statement(&transaction, &sql, [before.into()])).await?.rows_affected();
    transaction.commit().await?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_travels_at_once_is_bounded_in_bytes_but_one_event_always_travels() {
        for (sizes, left) in [(&[10, 10][..], 2), (&[10, 91, 1], 1), (&[101, 1], 1), (&[50, 50, 1], 2), (&[], 0)] {
            let row = |size: &usize| Row { id: Uuid::nil(), kind: String::new(), text: "x".repeat(*size), attempts: 0 };
            let mut rows: Vec<_> = sizes.iter().map(row).collect();
            assert_eq!((cut_to(&mut rows, 100), rows.len()), (left < sizes.len(), left), "{sizes:?}");
        }
    }
}
