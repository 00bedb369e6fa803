//! Takes every event of the platform into the event log.

use crate::domain::events;
use orion_contracts::events::Event;
use orion_infra::{Change, DbError, Infra};

pub(super) async fn log(infra: &Infra, change: &mut Change, event: &Event, (): ()) -> Result<(), DbError> {
    events::log(infra, change, event).await
}
