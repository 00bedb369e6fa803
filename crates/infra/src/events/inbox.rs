//! The inbox table: which events were taken by which consumer. Its row is written in the change of the work.

use crate::db::dialect::statement;
use crate::{Change, DbError};
use orion_contracts::EventId;
use sea_orm::ConnectionTrait;

/// Notes that the consumer takes the event; `false` when it has before, and there is nothing to do.
pub(super) async fn record(change: &Change, event: EventId, consumer: &str) -> Result<bool, DbError> {
    let insert = statement(
        change,
        "INSERT INTO inbox (event_id, consumer, received_at) VALUES ($1, $2, $3) \
         ON CONFLICT (event_id, consumer) DO NOTHING",
        [event.0.into(), consumer.into(), change.now().into()],
    );
    Ok(change.execute_raw(insert).await?.rows_affected() == 1)
}
