//! One message of a topic. Sockets differ only in the number of their subscription, so the rest is written once, and
//! sockets that chose the same number share the whole text.

use axum::extract::ws::Utf8Bytes;
use orion_contracts::live::LiveTopic;
use serde::Serialize;
use std::sync::{Mutex, PoisonError};

/// How many texts are shared; pages number their subscriptions from 1, so a few do for thousands of sockets.
const SHARED: usize = 8;

/// A message without its subscription.
#[derive(Debug)]
pub(crate) struct Frame {
    /// With its quotes.
    kind: String,
    /// Everything after the subscription's number.
    rest: String,
    /// Sequence number of its first item.
    pub(crate) first: u64,
    /// Sequence number of its last item.
    pub(crate) last: u64,
    texts: Mutex<Vec<(u32, Utf8Bytes)>>,
}

impl Frame {
    /// What a topic tells, an object, as of a sequence number.
    pub(crate) fn new(topic: LiveTopic, sequence: u64, told: &impl Serialize) -> serde_json::Result<Self> {
        Self::raw(topic, (sequence, sequence), &serde_json::to_string(told)?)
    }

    /// What a topic tells of the items from a sequence number to another, as JSON: an object.
    pub(crate) fn raw(topic: LiveTopic, (first, last): (u64, u64), told: &str) -> serde_json::Result<Self> {
        let kind = serde_json::to_string(&topic)?;
        let told = told.strip_prefix('{').unwrap_or(told);
        let separator = if told == "}" { "" } else { "," };
        let rest = format!("\"sequence\":{last}{separator}{told}");
        Ok(Self { kind, rest, first, last, texts: Mutex::new(Vec::new()) })
    }

    /// The message for a subscription.
    pub(crate) fn text(&self, id: u32) -> Utf8Bytes {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, text)) = texts.iter().find(|(known, _)| *known == id) {
            return text.clone();
        }
        let text = Utf8Bytes::from(format!("{{\"kind\":{},\"id\":{id},{}", self.kind, self.rest));
        if texts.len() < SHARED {
            texts.push((id, text.clone()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::live::{HealthTold, LiveMessage};

    #[test]
    fn what_is_put_together_reads_as_the_contract_says() {
        let told = HealthTold { services: Vec::new() };
        let frame = Frame::new(LiveTopic::Health, 4, &told).expect("JSON");
        let LiveMessage::Health { id, sequence, told } = serde_json::from_str(&frame.text(1)).expect("the contract")
        else {
            panic!("another kind");
        };
        assert_eq!((id, sequence, told.services.len()), (1, 4, 0));
        let nothing = Frame::raw(LiveTopic::Health, (1, 2), "{}").expect("JSON");
        assert_eq!(nothing.text(7).as_str(), r#"{"kind":"health","id":7,"sequence":2}"#);
    }

    #[test]
    fn sockets_with_the_same_number_share_the_text() {
        let frame = Frame::raw(LiveTopic::Events, (1, 2), r#"{"events":[]}"#).expect("JSON");
        assert_eq!(frame.text(1).as_str().as_ptr(), frame.text(1).as_str().as_ptr());
        assert_ne!(frame.text(1), frame.text(2));
    }
}
