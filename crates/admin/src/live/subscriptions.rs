//! What one socket watches, and the reading of its requests.

use super::topic::{Part, Refusal, Told};
use futures_util::Stream;
use orion_contracts::Permission;
use orion_contracts::live::{LiveMessage, LiveRequest};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio_stream::{StreamExt, StreamMap};

/// Subscriptions per socket.
const MAX: usize = 16;

/// One subscription.
struct Subscription {
    /// Without each of them there is no subscription any more.
    permissions: Vec<Permission>,
    told: Told,
}

impl Stream for Subscription {
    type Item = Result<Part, Refusal>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.told.as_mut().poll_next(context)
    }
}

/// The subscriptions of one socket, by the numbers that the page chose.
#[derive(Default)]
pub(super) struct Subscriptions(StreamMap<u32, Subscription>);

impl Subscriptions {
    /// Whether one more of this number can be taken; the answer says why not.
    pub(super) fn check(&self, id: u32) -> Result<(), Refusal> {
        if self.0.contains_key(&id) {
            return Err(Refusal::new("There is a subscription of this number already."));
        }
        if self.0.len() >= MAX {
            return Err(Refusal::new(format!("A socket has at most {MAX} subscriptions.")));
        }
        Ok(())
    }

    /// One more.
    pub(super) fn add(&mut self, id: u32, permissions: Vec<Permission>, told: Told) {
        self.0.insert(id, Subscription { permissions, told });
    }

    /// One less; `false` when there was none of this number.
    pub(super) fn remove(&mut self, id: u32) -> bool {
        self.0.remove(&id).is_some()
    }

    /// What one of them is told next; never, while nothing is watched. One that was refused is gone.
    pub(super) async fn next(&mut self) -> (u32, Result<Part, Refusal>) {
        let Some((id, told)) = self.0.next().await else { return std::future::pending().await };
        if told.is_err() {
            self.0.remove(&id);
        }
        (id, told)
    }

    /// Drops those whose topic is no longer allowed; their numbers.
    pub(super) fn keep(&mut self, allowed: impl Fn(Permission) -> bool) -> Vec<u32> {
        let is_refused = |subscription: &Subscription| !subscription.permissions.iter().all(|one| allowed(*one));
        let refused = self.0.iter().filter(|(_, subscription)| is_refused(subscription));
        let dropped: Vec<u32> = refused.map(|(id, _)| *id).collect();
        for id in &dropped {
            self.0.remove(id);
        }
        dropped
    }
}

/// Reads a request; the answer says what is wrong with it, under its number when it has one.
pub(super) fn read(text: &str) -> Result<LiveRequest, LiveMessage> {
    serde_json::from_str(text).map_err(|error| {
        let id = serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|value| u32::try_from(value.get("id")?.as_u64()?).ok());
        Refusal::new(format!("The request is not understood: {error}")).message(id)
    })
}

#[cfg(test)]
mod tests {
    use super::super::watchers::Watchers;
    use super::*;
    use futures_util::{StreamExt, stream};
    use orion_contracts::permissions::{Demand, HealthRead};
    use std::time::Duration;

    #[test]
    fn a_request_that_is_not_understood_is_answered_under_its_number() {
        let refused = |text| match read(text) {
            Err(LiveMessage::Error { id, detail, .. }) => (id, detail),
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
        let watch = || {
            let watching = watchers.watch();
            stream::pending()
                .chain(stream::once(async move {
                    drop(watching);
                    Ok(Part::Missed(0))
                }))
                .boxed()
        };
        let mut subscriptions = Subscriptions::default();
        for id in 0..16 {
            subscriptions.check(id).expect("free");
            subscriptions.add(id, vec![HealthRead::PERMISSION], watch());
        }
        assert!(subscriptions.check(16).is_err(), "too many");
        assert!(subscriptions.remove(3) && !subscriptions.remove(3));
        assert!(subscriptions.check(4).is_err(), "taken");
        assert!(subscriptions.check(3).is_ok());
        assert_eq!(subscriptions.keep(|_| false).len(), 15);
        let waiting = tokio::time::timeout(Duration::from_millis(10), watchers.somebody()).await;
        assert!(waiting.is_err(), "a dropped subscription watches no longer");
    }

    #[tokio::test]
    async fn a_subscription_that_is_refused_is_gone_and_the_others_go_on() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.add(1, vec![HealthRead::PERMISSION], stream::iter([Err(Refusal::filter("line 1"))]).boxed());
        assert!(matches!(subscriptions.next().await, (1, Err(_))));
        assert!(subscriptions.check(1).is_ok(), "the number is free at once");
        let nothing = tokio::time::timeout(Duration::from_millis(10), subscriptions.next()).await;
        assert!(nothing.is_err(), "nothing is watched");
        subscriptions.add(2, vec![HealthRead::PERMISSION], stream::iter([Ok(Part::Missed(3))]).boxed());
        assert!(matches!(subscriptions.next().await, (2, Ok(Part::Missed(3)))));
    }
}
