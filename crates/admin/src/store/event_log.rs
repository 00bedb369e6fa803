//! The event log: every event of the platform, in the order in which it arrived here.

use chrono::{DateTime, Utc};
use orion_contracts::events::Event;
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};
use std::sync::Arc;

/// An event as logged: its JSON is kept as it was written, so that nobody has to write it again.
#[derive(Debug, Clone)]
pub(crate) struct LoggedEvent {
    /// Counts up without gaps, in the order of commits.
    pub(crate) sequence: i64,
    /// The event as JSON; sealed secrets stay sealed.
    pub(crate) json: Arc<str>,
}

impl LoggedEvent {
    /// The event itself.
    pub(crate) fn event(&self) -> Result<Event, DbError> {
        Ok(serde_json::from_str(&self.json).map_err(|error| DbErr::Json(error.to_string()))?)
    }
}

/// Appends an event. The counter's row is held until the commit, so sequence numbers appear in their order.
pub(crate) async fn append(change: &Change, event: &Event, now: DateTime<Utc>) -> Result<(), DbError> {
    let next = "UPDATE event_sequence SET last = last + 1 WHERE id = 1 RETURNING last";
    let row = change.query_one_raw(statement(change, next, [])).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("event_sequence".to_owned()))?;
    let sequence: i64 = row.try_get("", "last")?;
    let json = serde_json::to_string(event).map_err(|error| DbErr::Json(error.to_string()))?;
    let insert = statement(
        change,
        "INSERT INTO event_log (event_id, sequence, source, name, occurred_at, logged_at, event) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            event.id.0.into(),
            sequence.into(),
            event.source.as_str().into(),
            event.kind.as_str().into(),
            event.occurred_at.into(),
            now.into(),
            json.into(),
        ],
    );
    change.execute_raw(insert).await?;
    Ok(())
}

/// Up to `limit` events after a sequence number, oldest first.
pub(crate) async fn after(
    connection: &impl ConnectionTrait,
    sequence: i64,
    limit: u32,
) -> Result<Vec<LoggedEvent>, DbError> {
    let sql = format!("SELECT sequence, event FROM event_log WHERE sequence > $1 ORDER BY sequence LIMIT {limit}");
    read(connection, &sql, [sequence.into()]).await
}

/// Up to `limit` events before a sequence number, or the last ones, newest first; but those of one kind, which are few.
pub(crate) async fn before(
    connection: &impl ConnectionTrait,
    sequence: Option<i64>,
    but: Option<&str>,
    limit: u32,
) -> Result<Vec<LoggedEvent>, DbError> {
    let sequence = sequence.unwrap_or(i64::MAX);
    let but_those = if but.is_some() { "AND name <> $2" } else { "" };
    let sql = format!(
        "SELECT sequence, event FROM event_log WHERE sequence < $1 {but_those} ORDER BY sequence DESC LIMIT {limit}"
    );
    read(connection, &sql, std::iter::once(sequence.into()).chain(but.map(Value::from))).await
}

async fn read(
    connection: &impl ConnectionTrait,
    sql: &str,
    bounds: impl IntoIterator<Item = Value>,
) -> Result<Vec<LoggedEvent>, DbError> {
    let rows = connection.query_all_raw(statement(connection, sql, bounds)).await?;
    let logged = |row: &QueryResult| {
        let json: String = row.try_get("", "event")?;
        Ok::<_, DbErr>(LoggedEvent { sequence: row.try_get("", "sequence")?, json: json.into() })
    };
    Ok(rows.iter().map(logged).collect::<Result<_, _>>()?)
}
