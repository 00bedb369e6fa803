//! Reading the event log, all of it or what a condition holds of.

use crate::store::event_log::{self, LoggedEvent};
use orion_conditions::{Condition, Given, NoCondition, Values, Variables};
use orion_contracts::events::Event;
use orion_infra::{DbError, Infra};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// What a condition is asked of.
static VARIABLES: LazyLock<Variables> = LazyLock::new(|| Variables::default().with::<Event>("event"));
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

/// Reads a condition over an `event`, as `GET /api/v1/events` gives it; what is wrong with it otherwise, and where.
pub fn event_filter(text: &str) -> Result<Condition, NoCondition> {
    Condition::compile(text, &VARIABLES)
}

/// Up to `limit` events before a position.
pub(crate) async fn before(
    infra: &Infra,
    mut position: Option<i64>,
    limit: u32,
    filter: Option<Condition>,
) -> Result<Found, DbError> {
    let (db, began) = (&infra.db, infra.clock.monotonic());
    let filter = Arc::new(filter);
    let wanted = limit as usize;
    let (mut events, mut looked_at) = (Vec::new(), 0);
    loop {
        let slice = if filter.is_some() { SLICE } else { limit + 1 };
        let logged = event_log::before(db.read_aside(), position, slice).await?;
        let is_last = logged.len() < slice as usize;
        let filter = filter.clone();
        // Reading JSON and asking takes milliseconds: beside the tasks, so that nobody else waits.
        let asked = tokio::task::spawn_blocking(move || chosen(logged, filter.as_ref().as_ref()));
        for (sequence, event) in asked.await.map_err(|error| DbError(sea_orm::DbErr::Custom(error.to_string())))?? {
            if events.len() == wanted {
                return Ok(Found { events, next: position, looked_at });
            }
            looked_at += 1;
            position = Some(sequence);
            events.extend(event);
        }
        if is_last {
            return Ok(Found { events, next: None, looked_at });
        }
        if looked_at >= LOOKED_AT || infra.clock.monotonic().saturating_sub(began) > LOOKED_FOR {
            return Ok(Found { events, next: position, looked_at });
        }
    }
}

/// Each event's number, and itself where the condition holds of it.
fn chosen(logged: Vec<LoggedEvent>, filter: Option<&Condition>) -> Result<Vec<(i64, Option<Event>)>, DbError> {
    let mut values = Values::default();
    let chosen = |logged: LoggedEvent| {
        let event = logged.event()?;
        let holds = filter.is_none_or(|filter| given(&event).is_some_and(|given| holds(filter, &mut values, &given)));
        Ok((logged.sequence, holds.then_some(event)))
    };
    logged.into_iter().map(chosen).collect()
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
