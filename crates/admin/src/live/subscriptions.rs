//! What one socket watches, and the reading of its requests.

use super::watchers::Watching;
use orion_contracts::Permission;
use orion_contracts::admin::{LiveMessage, LiveRequest, LiveTopic};
use orion_contracts::permissions::{Demand, EventsRead, HealthRead};

/// Subscriptions per socket.
const MAX: usize = 16;

/// One subscription.
pub(super) struct Subscription {
    /// Chosen by the page.
    pub(super) id: u32,
    /// What it watches.
    pub(super) topic: LiveTopic,
    /// The last item that was sent.
    pub(super) seen: u64,
    /// Counts as a watcher of its topic.
    pub(super) _watching: Watching,
}

/// The subscriptions of one socket.
#[derive(Default)]
pub(super) struct Subscriptions(Vec<Subscription>);

impl Subscriptions {
    /// Whether one more of this number can be taken; the answer says why not.
    pub(super) fn check(&self, id: u32) -> Result<(), LiveMessage> {
        if self.0.iter().any(|subscription| subscription.id == id) {
            return Err(refusal(Some(id), "There is a subscription of this number already."));
        }
        if self.0.len() >= MAX {
            return Err(refusal(Some(id), format!("A socket has at most {MAX} subscriptions.")));
        }
        Ok(())
    }

    /// One more.
    pub(super) fn add(&mut self, subscription: Subscription) {
        self.0.push(subscription);
    }

    /// One less; `false` when there was none of this number.
    pub(super) fn remove(&mut self, id: u32) -> bool {
        let before = self.0.len();
        self.0.retain(|subscription| subscription.id != id);
        self.0.len() < before
    }

    /// Whether the topic is watched.
    pub(super) fn has(&self, topic: LiveTopic) -> bool {
        self.0.iter().any(|subscription| subscription.topic == topic)
    }

    /// Those of a topic.
    pub(super) fn of(&mut self, topic: LiveTopic) -> impl Iterator<Item = &mut Subscription> {
        self.0.iter_mut().filter(move |subscription| subscription.topic == topic)
    }

    /// Drops those whose topic is no longer allowed; their numbers.
    pub(super) fn keep(&mut self, allowed: impl Fn(Permission) -> bool) -> Vec<u32> {
        let refused = |subscription: &Subscription| !allowed(permission(subscription.topic));
        let dropped = self.0.iter().filter(|subscription| refused(subscription)).map(|one| one.id).collect();
        self.0.retain(|subscription| !refused(subscription));
        dropped
    }
}

/// What watching a topic demands.
pub(super) fn permission(topic: LiveTopic) -> Permission {
    match topic {
        LiveTopic::Health => HealthRead::PERMISSION,
        LiveTopic::Events => EventsRead::PERMISSION,
    }
}

/// Says that a request is not followed.
pub(super) fn refusal(id: Option<u32>, detail: impl Into<String>) -> LiveMessage {
    LiveMessage::Error { id, detail: detail.into() }
}

/// Reads a request; the answer says what is wrong with it, under its number when it has one.
pub(super) fn read(text: &str) -> Result<LiveRequest, LiveMessage> {
    serde_json::from_str(text).map_err(|error| {
        let id = serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|value| u32::try_from(value.get("id")?.as_u64()?).ok());
        refusal(id, format!("The request is not understood: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::watchers::Watchers;
    use super::*;

    #[test]
    fn a_request_that_is_not_understood_is_answered_under_its_number() {
        let refused = |text| match read(text) {
            Err(LiveMessage::Error { id, detail }) => (id, detail),
            other => panic!("{other:?}"),
        };
        let (id, detail) = refused(r#"{"op":"subscribe","id":7,"topic":"secrets"}"#);
        assert!(id == Some(7) && detail.contains("secrets"), "{detail}");
        for (text, id) in [
            ("", None),
            ("[]", None),
            (r#"{"op":"subscribe","id":-1,"topic":"health"}"#, None),
            (r#"{"op":"subscribe","id":1,"topic":"health","extra":1}"#, Some(1)),
            (r#"{"op":"drop","id":4294967295}"#, Some(u32::MAX)),
        ] {
            assert_eq!(refused(text).0, id, "{text}");
        }
        assert!(read(r#"{"op":"subscribe","id":1,"topic":"health","resume_after":null}"#).is_ok());
    }

    #[tokio::test]
    async fn numbers_are_unique_and_bounded_and_given_back() {
        let watchers = Watchers::default();
        let mut subscriptions = Subscriptions::default();
        for id in 0..16 {
            subscriptions.check(id).expect("free");
            let _watching = watchers.watch();
            subscriptions.add(Subscription { id, topic: LiveTopic::Health, seen: 0, _watching });
        }
        assert!(subscriptions.check(16).is_err(), "too many");
        assert!(subscriptions.remove(3) && !subscriptions.remove(3));
        assert!(subscriptions.check(4).is_err(), "taken");
        assert!(subscriptions.check(3).is_ok());
        assert_eq!(subscriptions.keep(|_| false).len(), 15);
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(10), watchers.somebody()).await;
        assert!(waiting.is_err(), "a dropped subscription watches no longer");
    }
}
