//! Announcements over the bus that are kept with their change until they have been made: a process that dies between its
//! commit and the announcement leaves it to the dispatcher.

use super::BUS_LANE;
use crate::db::dialect::statement;
use crate::{Change, DbError};
use orion_contracts::EventId;
use orion_contracts::bus::BusMessage;
use sea_orm::{ConnectionTrait, DbErr};
use std::time::Duration;

/// How long the committing process has for making an announcement, before the dispatcher does.
const HELD: Duration = Duration::from_secs(5);

/// Keeps an announcement with the change until it has been made.
pub(crate) async fn hold(change: &Change, message: &BusMessage) -> Result<EventId, DbError> {
    let id: EventId = change.id();
    let text = serde_json::to_string(message).map_err(|error| DbErr::Custom(error.to_string()))?;
    let insert = statement(
        change,
        "INSERT INTO outbox (event_id, lane, kind, event, created_at, due_at) VALUES ($1, $2, $3, $4, $5, $6)",
        [id.0.into(), BUS_LANE.into(), BUS_LANE.into(), text.into(), change.now().into(), (change.now() + HELD).into()],
    );
    change.execute_raw(insert).await?;
    Ok(id)
}

/// The announcements have been made.
pub(crate) async fn release_held(connection: &impl ConnectionTrait, held: &[EventId]) -> Result<(), DbError> {
    let ids: Vec<_> = held.iter().map(|id| id.0).collect();
    super::outbox::remove(connection, BUS_LANE, &ids).await
}
