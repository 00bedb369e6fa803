//! Takes every event of the platform into the event log, and tells all instances so.

use crate::store::event_log;
use async_trait::async_trait;
use orion_contracts::Problem;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::Event;
use orion_infra::Infra;
use orion_infra::events::{EventHandler, inbox};

/// The handler of all events.
pub(crate) struct LogEvents(pub(crate) Infra);

#[async_trait]
impl EventHandler for LogEvents {
    async fn handle(&self, event: &Event) -> Result<(), Problem> {
        let Self(infra) = self;
        let now = infra.clock.now();
        let txn = infra.db.begin().await?;
        if !inbox::record(&txn, event.id, now).await? {
            return Ok(txn.rollback().await?);
        }
        event_log::append(&txn, event, now).await?;
        txn.commit().await?;
        // Consoles that watch, here and on other instances, read it now. A lost message costs them a second.
        infra.bus.publish(BusMessage::EventLogged { event_id: event.id }).await;
        Ok(())
    }
}
