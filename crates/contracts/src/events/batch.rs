//! Events on their way from service to service without a broker.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many bytes an event has at most on its way. One with more is left where it was written.
pub const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// Events as they are posted where there is no broker.
#[derive(Debug, Clone, Serialize)]
pub struct EventBatch<E> {
    /// The events, in the order of their outbox.
    pub events: Vec<E>,
}

/// The same body as it arrives: an event that cannot be read must not keep the others out.
#[derive(Debug, Clone, Deserialize)]
pub struct ArrivedBatch {
    /// The events, each read on its own.
    pub events: Vec<Value>,
}

/// The answer to a batch: what was not taken. All else was.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BatchAnswer {
    /// The events to be sent again later.
    pub refused: Vec<RefusedEvent>,
}

/// An event that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedEvent {
    /// Its place in the batch, from 0.
    pub position: usize,
    /// Why.
    pub reason: String,
}
