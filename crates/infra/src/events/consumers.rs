//! The consumers that a service registers: each has a name, its own inbox row, its own tries, and its own dead letters.

use crate::{Change, DbError};
use futures_util::future::BoxFuture;
use orion_contracts::events::{Event, EventPayload, HEARS_EVERYTHING};
use orion_contracts::{Problem, ServiceName};
use std::sync::Arc;

/// Takes one event, in a change that also notes that it was taken. An async function over the service's state:
/// `async fn(&State, &mut Change, &Event, Payload) -> Result<(), Error>`.
pub trait Handler<'a, S, P>: Copy + Send + Sync + 'static {
    /// What the function runs as.
    type Future: Future<Output = Result<(), Self::Error>> + Send + 'a;
    /// Why it does not take the event.
    type Error: Into<Problem>;

    /// Takes it.
    fn take(self, state: &'a S, change: &'a mut Change, event: &'a Event, payload: P) -> Self::Future;
}

impl<'a, S, P, F, Fut, E> Handler<'a, S, P> for F
where
    S: 'a,
    F: Fn(&'a S, &'a mut Change, &'a Event, P) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Result<(), E>> + Send + 'a,
    E: Into<Problem>,
{
    type Future = Fut;
    type Error = E;

    fn take(self, state: &'a S, change: &'a mut Change, event: &'a Event, payload: P) -> Fut {
        self(state, change, event, payload)
    }
}

/// Why an event was not taken.
#[derive(Debug)]
pub enum Refusal {
    /// It cannot be read, and no later try will.
    Unreadable(String),
    /// Not now.
    Refused(Problem),
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Refused(error.into())
    }
}

/// Why something cannot be read, without the values that it quotes: they may be personal.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // The name of a field of ours, and no value.
    if text.starts_with("missing field") || text.starts_with("duplicate field") {
        return text;
    }
    ['"', '`'].into_iter().fold(text, |text, mark| without(&text, mark))
}

/// The text without what stands between the first and the last such mark: values may have marks in them.
fn without(text: &str, mark: char) -> String {
    match (text.split_once(mark), text.rsplit_once(mark)) {
        (Some((before, _)), Some((_, after))) => format!("{before}…{after}"),
        _ => text.to_owned(),
    }
}

type Take = dyn for<'a> Fn(&'a mut Change, &'a Event) -> BoxFuture<'a, Result<(), Refusal>> + Send + Sync;

/// One consumer of one kind of event, or of all.
pub struct Consumer {
    /// Its name, unique among those of the same kind.
    pub name: &'static str,
    /// The kind that it takes; `None` takes all.
    pub kind: Option<&'static str>,
    listeners: &'static [ServiceName],
    take: Box<Take>,
}

impl Consumer {
    /// Whether it takes events of this kind.
    pub(super) fn takes(&self, kind: &str) -> bool {
        self.kind.is_none_or(|own| own == kind)
    }

    /// Takes an event with the change.
    pub(super) fn take<'a>(&self, change: &'a mut Change, event: &'a Event) -> BoxFuture<'a, Result<(), Refusal>> {
        (self.take)(change, event)
    }

    /// Whether events of its kind come to the service at all.
    pub(super) fn is_heard_by(&self, service: ServiceName) -> bool {
        service == HEARS_EVERYTHING || self.listeners.contains(&service)
    }
}

/// Registers a service's consumers: `Consumers::new(state).on::<UserCreated>("projection", handler)`.
pub struct Consumers<S> {
    state: Arc<S>,
    list: Vec<Consumer>,
}

impl<S: Send + Sync + 'static> Consumers<S> {
    /// No consumers yet, over the service's state.
    pub fn new(state: S) -> Self {
        Self { state: Arc::new(state), list: Vec::new() }
    }

    /// Events of this kind are taken by this function. The name stays: what is parked finds its consumer by it.
    #[must_use]
    pub fn on<P: EventPayload>(self, name: &'static str, handler: impl for<'a> Handler<'a, S, P>) -> Self {
        let read = |event: &Event| match event.payload::<P>() {
            Ok(Some(payload)) => Ok(payload),
            Ok(None) => Err(format!("the event is of kind {}", event.kind)),
            Err(error) => Err(reason(&error)),
        };
        self.register(name, Some(P::KIND), P::LISTENERS, read, handler)
    }

    /// Every event is taken by this function, also kinds that are not known yet. For the service that hears everything.
    #[must_use]
    pub fn all(self, name: &'static str, handler: impl for<'a> Handler<'a, S, ()>) -> Self {
        self.register(name, None, &[], |_| Ok(()), handler)
    }

    fn register<P: Send + 'static>(
        mut self,
        name: &'static str,
        kind: Option<&'static str>,
        listeners: &'static [ServiceName],
        read: impl Fn(&Event) -> Result<P, String> + Send + Sync + 'static,
        handler: impl for<'a> Handler<'a, S, P>,
    ) -> Self {
        let twice = self.list.iter().any(|known| known.name == name && (known.kind == kind || kind.is_none()));
        debug_assert!(!twice, "two consumers of {kind:?} are called {name}");
        let state = self.state.clone();
        let take: Box<Take> = Box::new(move |change, event| match read(event) {
            Ok(payload) => take(state.clone(), change, event, payload, handler),
            Err(reason) => Box::pin(std::future::ready(Err(Refusal::Unreadable(reason)))),
        });
        self.list.push(Consumer { name, kind, listeners, take });
        self
    }

    /// The consumers.
    pub fn list(self) -> Vec<Consumer> {
        self.list
    }
}

fn take<'a, S: Send + Sync + 'static, P: Send + 'static>(
    state: Arc<S>,
    change: &'a mut Change,
    event: &'a Event,
    payload: P,
    handler: impl for<'b> Handler<'b, S, P>,
) -> BoxFuture<'a, Result<(), Refusal>> {
    Box::pin(async move {
        handler.take(&state, change, event, payload).await.map_err(|error| Refusal::Refused(error.into()))
    })
}

#[cfg(test)]
mod tests {
    use orion_contracts::ServiceName;
    use orion_contracts::events::Event;

    #[test]
    fn a_reason_quotes_no_value() {
        for (json, reason) in [
            (r#""ada@example.com""#, "invalid type: string …, expected u8 at line 1 column 17"),
            (r#""\"ada\" example""#, "invalid type: string …, expected u8 at line 1 column 17"),
            ("1234567", "invalid value: integer …, expected u8 at line 1 column 7"),
        ] {
            assert_eq!(super::reason(&serde_json::from_str::<u8>(json).expect_err("no number")), reason);
        }
        let error = serde_json::from_str::<ServiceName>(r#""ada`s""#).expect_err("no service");
        assert!(error.to_string().contains("ada"));
        assert!(!super::reason(&error).contains("ada"), "{}", super::reason(&error));
    }

    #[test]
    fn a_reason_names_a_field_that_is_missing() {
        let error = serde_json::from_str::<Event>("{}").expect_err("no event");
        assert_eq!(super::reason(&error), "missing field `id` at line 1 column 2");
    }
}
