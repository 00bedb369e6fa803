//! Events that are told together, and what a condition holds of among them.

use crate::domain::events::{View, given, holds};
use crate::live::frame::Frame;
use crate::store::event_log::LoggedEvent;
use orion_conditions::{Condition, Given, Values};
use orion_contracts::live::LiveTopic;
use std::sync::OnceLock;
use std::time::Duration;

/// Events in the order of their sequence, at least one; read only when the first condition is asked of them.
pub(super) struct Batch {
    events: Vec<LoggedEvent>,
    read: OnceLock<Vec<Option<Read>>>,
}

/// An event that was read.
struct Read {
    given: Given,
    is_for_all: bool,
}

/// What a condition was found to hold of.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Those events.
    pub(super) events: Vec<LoggedEvent>,
    /// The last event that was looked at: not the last of all, when there was no time for the rest.
    pub(super) last: Option<u64>,
}

impl Batch {
    /// Nothing of them is read yet.
    pub(super) fn new(events: Vec<LoggedEvent>) -> Self {
        Self { events, read: OnceLock::new() }
    }

    /// The number of the first event.
    pub(super) fn first(&self) -> Option<u64> {
        self.events.first().map(|event| event.sequence.unsigned_abs())
    }

    /// Asks of one event after the other that the view shows, until the time is up; at least of one, so that it goes on.
    pub(super) fn choose(
        &self,
        (filter, view): (&Condition, View),
        limit: Duration,
        now: impl Fn() -> Duration,
    ) -> Chosen {
        let started = now();
        let read = |logged: &LoggedEvent| {
            let event = logged.event().ok()?;
            Some(Read { given: given(&event)?, is_for_all: View::WithoutSecurity.shows(&event) })
        };
        let read = self.read.get_or_init(|| self.events.iter().map(read).collect());
        let is_shown = |read: &&Read| view == View::Whole || read.is_for_all;
        let mut values = Values::default();
        let mut chosen = Chosen { events: Vec::new(), last: None };
        for (event, read) in self.events.iter().zip(read) {
            if chosen.last.is_some() && now().saturating_sub(started) >= limit {
                break;
            }
            if read.as_ref().filter(is_shown).is_some_and(|read| holds(filter, &mut values, &read.given)) {
                chosen.events.push(event.clone());
            }
            chosen.last = Some(event.sequence.unsigned_abs());
        }
        chosen
    }
}

/// The message with these events, of those from a number to another. Their JSON is taken as it was logged.
pub(super) fn frame(events: &[LoggedEvent], range: (u64, u64)) -> Option<Frame> {
    let list = events.iter().map(|event| &*event.json).collect::<Vec<_>>().join(",");
    let frame = Frame::raw(LiveTopic::Events, range, &format!("{{\"events\":[{list}]}}"));
    frame.inspect_err(|error| tracing::error!(%error, "events cannot be written as JSON")).ok()
}

/// How many events lie after the last that was looked at.
pub(super) fn up_to(looked_at: Option<u64>, last: u64) -> u64 {
    looked_at.map_or(0, |looked_at| last.saturating_sub(looked_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::events::event_filter;
    use orion_contracts::events::{Event, LoginFailed};
    use orion_contracts::live::LiveMessage;
    use orion_contracts::{EventId, ServiceName};
    use std::cell::Cell;
    use uuid::Uuid;

    fn logged(sequence: i64) -> LoggedEvent {
        let id = EventId(Uuid::from_u128(sequence.unsigned_abs().into()));
        let told = LoginFailed { user_id: None, ip_address: None };
        let event = Event::of(id, ServiceName::Auth, (Uuid::nil(), sequence), chrono::DateTime::UNIX_EPOCH, &told);
        let json = serde_json::to_string(&event.expect("JSON")).expect("JSON");
        LoggedEvent { sequence, json: json.into() }
    }

    fn odd() -> Condition {
        event_filter("event.aggregate_version % 2 == 1").expect("a condition")
    }

    #[test]
    fn events_are_told_as_the_contract_says() {
        let frame = frame(&[logged(7), logged(8)], (7, 8)).expect("events");
        let LiveMessage::Events { id, sequence, told } = serde_json::from_str(&frame.text(3)).expect("the contract")
        else {
            panic!("another kind");
        };
        assert_eq!((id, sequence, told.events.len()), (3, 8, 2));
    }

    #[test]
    fn a_condition_chooses_and_what_is_no_event_is_none() {
        let mut events: Vec<_> = (1..=5).map(logged).collect();
        events.push(LoggedEvent { sequence: 6, json: "{}".into() });
        let chosen = Batch::new(events).choose((&odd(), View::Whole), Duration::from_secs(1), || Duration::ZERO);
        let sequences: Vec<_> = chosen.events.iter().map(|event| event.sequence).collect();
        assert_eq!((sequences.as_slice(), chosen.last), ([1, 3, 5].as_slice(), Some(6)));
    }

    #[test]
    fn a_look_ends_when_its_time_is_up_and_says_how_far_it_came() {
        let clock = Cell::new(0);
        let tick = || Duration::from_millis(clock.replace(clock.get() + 10));
        let batch = Batch::new((1..=100).map(logged).collect());
        assert_eq!(batch.choose((&odd(), View::Whole), Duration::from_millis(50), tick).last, Some(5));
        assert_eq!(batch.choose((&odd(), View::Whole), Duration::ZERO, tick).last, Some(1), "at least one");
        assert_eq!((up_to(Some(5), 100), up_to(None, 100)), (95, 0));
    }
}
