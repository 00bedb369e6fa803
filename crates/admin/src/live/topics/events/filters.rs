//! Filters that somebody watches through: each is asked once of each event, however many sockets share it.
//!
//! All filters of this process together get a quarter of a core. What they cannot look at in that time is left out, and who
//! watches is told how much. One person watches through a few only, so that others have a turn in time.

use super::batch::{Batch, Chosen, frame};
use crate::domain::events::{self, View};
use crate::domain::shares::Shares;
use crate::domain::turn::{LOOK, Turn};
use crate::live::frame::Frame;
use crate::live::topic::Refusal;
use crate::store::event_log::LoggedEvent;
use orion_conditions::Condition;
use orion_contracts::UserId;
use orion_infra::Clock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Different filters at once, in this process,
const MAX: usize = 1000;
/// and subscriptions with a filter of one person: some pages, each in several windows.
const OF_ONE: usize = 8;
/// How long a turn is waited for.
const WAIT: Duration = Duration::from_secs(10);
/// How many messages of a filter a socket may fall behind before it loses some.
const BACKLOG: usize = 64;

/// The filters that are watched through.
pub(super) struct Filters {
    known: Mutex<HashMap<(String, View), Weak<Filter>>>,
    people: Shares,
    turn: Turn,
}

/// A filter, there as long as somebody watches through it.
pub(super) struct Filter {
    condition: Condition,
    view: View,
    turn: Turn,
    frames: broadcast::Sender<Arc<Frame>>,
    started: Once,
    end: CancellationToken,
    _end: DropGuard,
}

impl Filters {
    /// None yet.
    pub(super) fn new(clock: Clock) -> Self {
        Self { known: Mutex::default(), people: Shares::new(OF_ONE), turn: Turn::new(clock) }
    }

    /// A place for one more subscription of this person, given back when dropped.
    pub(super) fn place(&self, whose: UserId) -> Result<OwnedSemaphorePermit, Refusal> {
        self.people.of(whose).try_acquire_owned().map_err(|_| {
            // Of the filter: a page that asked again would be refused again.
            Refusal::filter(format!(
                "You watch through {OF_ONE} filters already, which is all that one person may; end one first."
            ))
        })
    }

    /// The filter of this text among the events of a view, which may be in use already.
    pub(super) async fn read(&self, text: String, view: View) -> Result<Arc<Filter>, Refusal> {
        let name = (text, view);
        if let Some(filter) = self.find(&name) {
            return Ok(filter);
        }
        let read = self.turn.take(WAIT, {
            let text = name.0.clone();
            move || events::event_filter(&text)
        });
        let condition = match read.await {
            Some(read) => read.map_err(|error| Refusal::filter(error.to_string()))?,
            None => return Err(Refusal::new("Filters have too much to do at the moment; try again later.")),
        };
        self.keep(name, condition)
    }

    fn find(&self, name: &(String, View)) -> Option<Arc<Filter>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name)?.upgrade()
    }

    fn keep(&self, name: (String, View), condition: Condition) -> Result<Arc<Filter>, Refusal> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Another socket may have been faster.
        if let Some(filter) = known.get(&name).and_then(Weak::upgrade) {
            return Ok(filter);
        }
        known.retain(|_, filter| filter.strong_count() > 0);
        if known.len() >= MAX {
            return Err(Refusal::new(format!(
                "{MAX} different filters are watched through at the moment, which is all there may be; try again later."
            )));
        }
        let end = CancellationToken::new();
        let filter = Arc::new(Filter {
            condition,
            view: name.1,
            turn: self.turn.clone(),
            frames: broadcast::Sender::new(BACKLOG),
            started: Once::new(),
            _end: end.clone().drop_guard(),
            end,
        });
        known.insert(name, Arc::downgrade(&filter));
        Ok(filter)
    }
}

impl Filter {
    /// What it finds in the batches from now on.
    pub(super) fn join(self: &Arc<Self>, batches: &broadcast::Sender<Arc<Batch>>) -> broadcast::Receiver<Arc<Frame>> {
        let frames = self.frames.subscribe();
        self.started.call_once(|| {
            tokio::spawn(follow(Arc::downgrade(self), self.end.clone(), batches.subscribe()));
        });
        frames
    }

    /// The last few events that it holds of; `None` when nothing could be looked at.
    pub(super) async fn look_back(self: &Arc<Self>, events: Vec<LoggedEvent>, few: usize) -> Option<Chosen> {
        let mut chosen = self.choose(Arc::new(Batch::new(events))).await?;
        let surplus = chosen.events.len().saturating_sub(few);
        chosen.events.drain(..surplus);
        Some(chosen)
    }

    async fn choose(self: &Arc<Self>, batch: Arc<Batch>) -> Option<Chosen> {
        let filter = self.clone();
        self.turn.take(WAIT, move || batch.choose((&filter.condition, filter.view), LOOK, || filter.turn.now())).await
    }
}

/// Asks the filter of each batch while somebody watches through it.
async fn follow(filter: Weak<Filter>, end: CancellationToken, mut batches: broadcast::Receiver<Arc<Batch>>) {
    while let Some(batch) = end.run_until_cancelled(batches.recv()).await {
        let batch = match batch {
            Ok(batch) => batch,
            // With the newest: what is left out shows in the number of the next frame.
            Err(RecvError::Lagged(_)) => {
                batches = batches.resubscribe();
                continue;
            }
            Err(RecvError::Closed) => return,
        };
        let Some(filter) = filter.upgrade() else { return };
        let Some(chosen) = filter.choose(batch.clone()).await else { continue };
        if let (Some(first), Some(last)) = (batch.first(), chosen.last)
            && let Some(frame) = frame(&chosen.events, (first, last))
        {
            // Nobody listening any more is fine.
            let _ = filter.frames.send(Arc::new(frame));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_filter_is_shared_and_gone_when_nobody_watches_through_it() {
        let filters = Filters::new(Clock::system());
        let one = filters.read("true".to_owned(), View::Whole).await.unwrap_or_else(|refusal| panic!("{refusal:?}"));
        let same = filters.read("true".to_owned(), View::Whole).await.unwrap_or_else(|refusal| panic!("{refusal:?}"));
        assert!(Arc::ptr_eq(&one, &same));
        let batches = broadcast::Sender::new(4);
        let frames = [one.join(&batches), same.join(&batches)];
        assert_eq!(batches.receiver_count(), 1, "asked once for both");
        drop((one, same, frames));
        for _ in 0..100 {
            if batches.receiver_count() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the filter is still asked");
    }

    #[tokio::test]
    async fn one_person_watches_through_some_filters_and_somebody_else_as_well() {
        let filters = Filters::new(Clock::system());
        let person = |number| UserId(uuid::Uuid::from_u128(number));
        let mut held: Vec<_> = (0..OF_ONE).map(|_| filters.place(person(1)).expect("a place")).collect();
        let refused = filters.place(person(1)).expect_err("one more");
        assert!(format!("{refused:?}").contains("8 filters"), "{refused:?}");
        assert!(filters.place(person(2)).is_ok());
        held.pop();
        assert!(filters.place(person(1)).is_ok(), "a place was given back");
    }

    #[tokio::test]
    async fn what_is_no_filter_is_refused_with_its_place_and_too_many_are() {
        let filters = Filters::new(Clock::system());
        let refused = filters.read("event.type ==".to_owned(), View::Whole).await.err().expect("a refusal");
        assert!(format!("{refused:?}").contains("line 1, column"), "{refused:?}");
        let condition = || events::event_filter("true").expect("a condition");
        let mut held: Vec<_> =
            (0..MAX).map(|number| filters.keep((number.to_string(), View::Whole), condition())).collect();
        assert!(held.iter().all(Result::is_ok));
        assert!(filters.keep(("one more".to_owned(), View::Whole), condition()).is_err());
        held.pop();
        assert!(filters.keep(("one more".to_owned(), View::Whole), condition()).is_ok(), "a place was given back");
    }
}
