//! One message of a topic. Sockets differ only in the number of their subscription, so the rest is written once, and
//! sockets that chose the same number share the whole text.

use crate::store::event_log::LoggedEvent;
use axum::extract::ws::Utf8Bytes;
use orion_contracts::admin::ServiceHealth;
use std::sync::{Mutex, PoisonError};

/// How many texts are shared; pages number their subscriptions from 1, so a few do for thousands of sockets.
const SHARED: usize = 8;

/// A message without its subscription.
pub(crate) struct Frame {
    kind: &'static str,
    /// Everything after the subscription's number.
    rest: String,
    /// Sequence number of its first item.
    pub(crate) first: u64,
    /// Sequence number of its last item.
    pub(crate) last: u64,
    texts: Mutex<Vec<(u32, Utf8Bytes)>>,
}

impl Frame {
    fn new(kind: &'static str, first: u64, last: u64, rest: String) -> Self {
        Self { kind, rest, first, last, texts: Mutex::new(Vec::new()) }
    }

    /// The health of all services.
    pub(crate) fn health(sequence: u64, services: &[ServiceHealth]) -> serde_json::Result<Self> {
        let services = serde_json::to_string(services)?;
        Ok(Self::new("health", sequence, sequence, format!("\"sequence\":{sequence},\"services\":{services}}}")))
    }

    /// Events in the order of their sequence; `None` when there are none. Their JSON is taken as it was logged.
    pub(crate) fn events<'a>(events: impl IntoIterator<Item = &'a LoggedEvent>) -> Option<Self> {
        let mut list = String::new();
        let (mut first, mut last) = (None, 0);
        for LoggedEvent { sequence, json } in events {
            if !list.is_empty() {
                list.push(',');
            }
            list.push_str(json);
            last = sequence.unsigned_abs();
            first = first.or(Some(last));
        }
        let rest = format!("\"sequence\":{last},\"events\":[{list}]}}");
        first.map(|first| Self::new("events", first, last, rest))
    }

    /// The message for a subscription.
    pub(crate) fn text(&self, id: u32) -> Utf8Bytes {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, text)) = texts.iter().find(|(known, _)| *known == id) {
            return text.clone();
        }
        let text = Utf8Bytes::from(format!("{{\"kind\":\"{}\",\"id\":{id},{}", self.kind, self.rest));
        if texts.len() < SHARED {
            texts.push((id, text.clone()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::admin::LiveMessage;
    use orion_contracts::events::{Event, LoginFailed};
    use orion_contracts::{EventId, ServiceName};
    use uuid::Uuid;

    fn logged(sequence: i64) -> LoggedEvent {
        let id = EventId(Uuid::from_u128(sequence.unsigned_abs().into()));
        let told = LoginFailed { user_id: None, ip_address: None };
        let event = Event::of(id, ServiceName::Auth, (Uuid::nil(), 1), chrono::DateTime::UNIX_EPOCH, &told);
        let event = event.expect("JSON");
        LoggedEvent { sequence, json: serde_json::to_string(&event).expect("JSON") }
    }

    #[test]
    fn what_is_put_together_reads_as_the_contract_says() {
        let frame = Frame::events(&[logged(7), logged(8)]).expect("events");
        assert_eq!((frame.first, frame.last), (7, 8));
        let LiveMessage::Events { id, sequence, events } = serde_json::from_str(&frame.text(3)).expect("the contract")
        else {
            panic!("another kind");
        };
        assert_eq!((id, sequence, events.len()), (3, 8, 2));

        let frame = Frame::health(4, &[]).expect("health");
        let LiveMessage::Health { id, sequence, services } =
            serde_json::from_str(&frame.text(1)).expect("the contract")
        else {
            panic!("another kind");
        };
        assert_eq!((id, sequence, services.len()), (1, 4, 0));
    }

    #[test]
    fn sockets_with_the_same_number_share_the_text() {
        let frame = Frame::events(&[logged(1)]).expect("events");
        assert_eq!(frame.text(1).as_str().as_ptr(), frame.text(1).as_str().as_ptr());
        assert_ne!(frame.text(1), frame.text(2));
        assert!(Frame::events(&[]).is_none());
    }
}
