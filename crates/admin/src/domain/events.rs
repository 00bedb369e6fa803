//! The event log: taking events into it, and reading all of it or what a condition holds of.

use super::searches::Search;
use super::turn::LOOK;
use crate::store::event_log::{self, LoggedEvent};
use orion_conditions::{Condition, Given, NoCondition, Values, Variables};
use orion_contracts::bus::BusMessage;
use orion_contracts::events::{Event, EventPayload, SecurityNoted};
use orion_contracts::permissions::{Demand, SecurityRead};
use orion_contracts::{Permission, Problem};
use orion_infra::{Change, DbError, Infra};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// What a condition is asked of. One that can never hold is refused: it would find nothing, and not say why.
static VARIABLES: LazyLock<Variables> = LazyLock::new(|| Variables::default().with::<Event>("event").for_keeping());
/// How many events are read at once,
const SLICE: u32 = 250;
/// and looked at for one answer. Whoever looks for something rare goes on with the cursor.
const LOOKED_AT: u32 = 5000;
/// For how long one answer looks, at most: a condition may be long.
const LOOKED_FOR: Duration = Duration::from_secs(1);

/// Events, newest first, and where the next ones begin, if there may be any.
pub(crate) struct Found {
    pub(crate) events: Vec<Event>,
    pub(crate) next: Option<i64>,
    /// How many were looked at.
    pub(crate) looked_at: u32,
}

/// Which events somebody is shown. What was noticed about the security of accounts needs a permission of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum View {
    /// All of them.
    Whole,
    /// All but what was noticed about the security of accounts.
    WithoutSecurity,
}

impl View {
    /// What it takes to be shown all of them.
    pub(crate) const WHOLE: Permission = SecurityRead::PERMISSION;

    /// Of whoever holds that permission, or does not.
    pub(crate) const fn of(holds: bool) -> Self {
        if holds { Self::Whole } else { Self::WithoutSecurity }
    }

    /// The kind of events that is left out.
    const fn leaves_out(self) -> Option<&'static str> {
        match self {
            Self::Whole => None,
            Self::WithoutSecurity => Some(SecurityNoted::KIND),
        }
    }

    /// Whether an event is shown.
    pub(crate) fn shows(self, event: &Event) -> bool {
        self.leaves_out() != Some(event.kind.as_str())
    }
}

/// Takes an event into the log, and tells all instances so.
pub(crate) async fn log(infra: &Infra, change: &mut Change, event: &Event) -> Result<(), DbError> {
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

/// Reads a condition over an `event`, as `GET /api/v1/events` gives it; what is wrong with it otherwise, and where.
pub fn event_filter(text: &str) -> Result<Condition, NoCondition> {
    Condition::compile(text, &VARIABLES)
}

/// Up to `limit` events before a position.
pub(crate) async fn before(infra: &Infra, view: View, position: Option<i64>, limit: u32) -> Result<Found, Problem> {
    let mut logged = event_log::before(infra.db.read_aside(), position, view.leaves_out(), limit + 1).await?;
    let is_last = logged.len() <= limit as usize;
    logged.truncate(limit as usize);
    let next = logged.last().filter(|_| !is_last).map(|last| last.sequence);
    // Reading JSON takes milliseconds: beside the tasks, so that nobody else waits.
    let looked_at = logged.len().try_into().unwrap_or(u32::MAX);
    let read = move || logged.iter().filter_map(readable).collect();
    let events = tokio::task::spawn_blocking(read).await;
    let events = events.map_err(|error| DbError(sea_orm::DbErr::Custom(error.to_string())))?;
    Ok(Found { looked_at, events, next })
}

/// The same, of those that a condition holds of.
pub(crate) async fn search(
    infra: &Infra,
    search: &Search,
    view: View,
    position: Option<i64>,
    limit: u32,
    filter: Condition,
) -> Result<Found, Problem> {
    let (wanted, began) = (limit as usize, infra.clock.monotonic());
    let filter = Arc::new(filter);
    let mut found = Found { events: Vec::new(), next: position, looked_at: 0 };
    loop {
        let logged = event_log::before(infra.db.read_aside(), found.next, view.leaves_out(), SLICE).await?;
        let (read, is_last) = (logged.len(), logged.len() < SLICE as usize);
        let (filter, turn) = (filter.clone(), search.turn.clone());
        let looked = search.take(move || look(logged, &filter, || turn.now())).await?;
        let is_whole = looked.len() == read;
        for (sequence, event) in looked {
            if found.events.len() == wanted {
                return Ok(found);
            }
            found.looked_at += 1;
            found.next = Some(sequence);
            found.events.extend(event);
        }
        if is_last && is_whole {
            return Ok(Found { next: None, ..found });
        }
        if found.looked_at >= LOOKED_AT || infra.clock.monotonic().saturating_sub(began) > LOOKED_FOR {
            return Ok(found);
        }
    }
}

/// Each event's number, and itself where the condition holds of it, until the time is up; of one at least.
fn look(logged: Vec<LoggedEvent>, filter: &Condition, now: impl Fn() -> Duration) -> Vec<(i64, Option<Event>)> {
    let (began, mut values, mut looked) = (now(), Values::default(), Vec::new());
    for logged in logged {
        if !looked.is_empty() && now().saturating_sub(began) >= LOOK {
            break;
        }
        let event = readable(&logged);
        let holds = event.as_ref().and_then(given).is_some_and(|given| holds(filter, &mut values, &given));
        looked.push((logged.sequence, event.filter(|_| holds)));
    }
    looked
}

/// An event, unless this version cannot read it: one of a service that a later version had, which was gone back from. The log
/// goes on past it.
fn readable(logged: &LoggedEvent) -> Option<Event> {
    let unread = |error: &DbError| tracing::debug!(sequence = logged.sequence, %error, "an event cannot be read here");
    logged.event().inspect_err(unread).ok()
}

/// An event as conditions see it, unless it has no such shape.
pub(crate) fn given(event: &Event) -> Option<Given> {
    Given::of(event).ok()
}

/// Whether a filter holds of an event; one of which it cannot be asked is none.
pub(crate) fn holds(filter: &Condition, values: &mut Values, event: &Given) -> bool {
    values.set("event", event);
    filter.holds(values).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::{EventId, ServiceName};
    use serde_json::{Value, json};
    use std::cell::Cell;
    use std::collections::BTreeSet;
    use uuid::Uuid;

    fn logged(sequence: i64) -> LoggedEvent {
        let event = Event {
            id: EventId(Uuid::nil()),
            source: ServiceName::Auth,
            aggregate_id: Uuid::nil(),
            aggregate_version: sequence,
            occurred_at: chrono::DateTime::UNIX_EPOCH,
            traceparent: Some("00".to_owned()),
            kind: "auth.login_failed".to_owned(),
            data: json!({}),
        };
        LoggedEvent { sequence, json: serde_json::to_string(&event).expect("JSON").into() }
    }

    #[test]
    fn a_condition_may_name_the_fields_that_events_are_shown_with_and_no_others() {
        let shown: Value = serde_json::from_str(&logged(1).json).expect("JSON");
        let shown: BTreeSet<_> = shown.as_object().expect("fields").keys().map(String::as_str).collect();
        assert_eq!(VARIABLES.fields("event").into_iter().collect::<BTreeSet<_>>(), shown);
        for field in shown {
            event_filter(&format!("event.{field} == event.data.any.thing")).expect(field);
        }
        let refused = event_filter("event.typ == 'x'").expect_err("no such field").to_string();
        assert_eq!(refused, "line 1, column 7: there is no `event.typ`; did you mean `event.type`?");
    }

    #[test]
    fn an_event_that_this_version_cannot_read_is_passed_over() {
        let mut events: Vec<_> = (1..=3).map(logged).collect();
        events[1].json = events[1].json.replace("\"auth\"", "\"billing\"").into();
        assert!(readable(&events[1]).is_none());
        let all = event_filter("true").expect("a condition");
        let looked = look(events, &all, || Duration::ZERO);
        let read: Vec<_> = looked.into_iter().map(|(sequence, event)| (sequence, event.is_some())).collect();
        assert_eq!(read, [(1, true), (2, false), (3, true)]);
    }

    #[test]
    fn a_look_ends_when_its_time_is_up_after_one_event_at_least() {
        let odd = event_filter("event.aggregate_version % 2 == 1").expect("a condition");
        let after = |step: u64| {
            let clock = Cell::new(0);
            let now = || Duration::from_millis(clock.replace(clock.get() + step));
            let looked = look((1..=30).map(logged).collect(), &odd, now);
            (looked.len(), looked.iter().filter(|(_, event)| event.is_some()).count())
        };
        assert_eq!((after(0), after(10), after(1000)), ((30, 15), (10, 5), (1, 1)));
    }
}
