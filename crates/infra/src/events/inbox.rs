//! The inbox table: which events were taken. Its row is written in the transaction of the work.

use crate::DbError;
use crate::db::dialect::statement;
use chrono::{DateTime, Utc};
use orion_contracts::EventId;
use sea_orm::ConnectionTrait;

/// Notes that the event was taken; `false` when it had been before, and there is nothing to do.
pub async fn record(connection: &impl ConnectionTrait, event: EventId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let insert = statement(
        connection,
        "INSERT INTO inbox (event_id, received_at) VALUES ($1, $2) ON CONFLICT (event_id) DO NOTHING",
        [event.0.into(), now.into()],
    );
    Ok(connection.execute_raw(insert).await?.rows_affected() == 1)
}
