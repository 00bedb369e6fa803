//! What the service does when others tell of something: a file per consumer.

mod event_log;

use orion_infra::Infra;
use orion_infra::events::{Consumer, Consumers};

/// All consumers.
pub(crate) fn all(infra: Infra) -> Vec<Consumer> {
    Consumers::new(infra).all("event log", event_log::log).list()
}
