//! Takes every event of the platform into the event log, and tells all instances so.

use crate::store::event_log;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::Event;
use orion_infra::{Change, DbError, Infra};

pub(super) async fn log(infra: &Infra, change: &mut Change, event: &Event, (): ()) -> Result<(), DbError> {
    change.unaudited("the log of events is a record itself");
    event_log::append(change, event, change.now()).await?;
    let (bus, event_id) = (infra.bus.clone(), event.id);
    // Consoles that watch, here and on other instances, read it now. A lost message costs them a second, so it is no
    // announcement, which would be kept with the change.
    change.after_commit(move || {
        tokio::spawn(async move { bus.publish(BusMessage::EventLogged { event_id }).await });
    });
    Ok(())
}
