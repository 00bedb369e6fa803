//! Who searches through the event log by a condition, and how many at once: there are few places, of which nobody gets all.

use super::shares::Shares;
use super::turn::Turn;
use crate::error::AdminError;
use orion_contracts::UserId;
use orion_infra::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Searches at once, in this process,
const AT_ONCE: usize = 8;
/// and of one person.
const OF_ONE: usize = 2;
/// How long a place is waited for.
const WAIT: Duration = Duration::from_secs(2);
/// How long each turn is waited for: all places may be taken by long conditions.
const WAIT_FOR_TURN: Duration = Duration::from_secs(5);

/// The places.
pub(crate) struct Searches {
    turn: Turn,
    wait: Duration,
    wait_for_turn: Duration,
    places: Arc<Semaphore>,
    people: Shares,
}

/// A place, given back when dropped.
pub(crate) struct Search {
    /// Whose turn it is.
    pub(crate) turn: Turn,
    wait_for_turn: Duration,
    _own: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Searches {
    /// All places are free.
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            turn: Turn::new(clock),
            wait: WAIT,
            wait_for_turn: WAIT_FOR_TURN,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            people: Shares::new(OF_ONE),
        }
    }

    /// A place for one more search of this person, waited for a little.
    pub(crate) async fn begin(&self, whose: UserId) -> Result<Search, AdminError> {
        let own = place(self.people.of(whose), self.wait).await.ok_or(AdminError::TooManyOfOne(OF_ONE))?;
        let place = place(self.places.clone(), self.wait).await.ok_or(AdminError::TooManySearches)?;
        Ok(Search { turn: self.turn.clone(), wait_for_turn: self.wait_for_turn, _own: own, _place: place })
    }
}

async fn place(places: Arc<Semaphore>, wait: Duration) -> Option<OwnedSemaphorePermit> {
    tokio::time::timeout(wait, places.acquire_owned()).await.ok()?.ok()
}

impl Search {
    /// Does a piece of work when its turn has come.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AdminError> {
        self.turn.take(self.wait_for_turn, work).await.ok_or(AdminError::TooManySearches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn searches() -> Searches {
        let wait = Duration::from_millis(50);
        Searches { wait, wait_for_turn: wait, ..Searches::new(Clock::system()) }
    }

    fn person(number: usize) -> UserId {
        UserId(Uuid::from_u128(number as u128))
    }

    #[tokio::test]
    async fn one_person_gets_some_places_and_each_when_one_is_given_back() {
        let searches = searches();
        let (first, second) = (searches.begin(person(1)).await, searches.begin(person(1)).await);
        assert!(first.is_ok() && second.is_ok());
        assert!(matches!(searches.begin(person(1)).await, Err(AdminError::TooManyOfOne(2))));
        assert!(searches.begin(person(2)).await.is_ok(), "somebody else");
        drop(first);
        assert!(searches.begin(person(1)).await.is_ok());
    }

    #[tokio::test]
    async fn all_people_together_get_no_more_than_there_are_and_nobody_is_remembered_for_ever() {
        let searches = searches();
        let mut held = Vec::new();
        for number in 0..AT_ONCE {
            held.push(searches.begin(person(number)).await.unwrap_or_else(|error| panic!("{error}")));
        }
        assert!(matches!(searches.begin(person(AT_ONCE)).await, Err(AdminError::TooManySearches)));
        drop(held);
        assert!(searches.begin(person(AT_ONCE)).await.is_ok());
        assert_eq!(searches.people.remembered(), 1);
    }

    #[tokio::test]
    async fn a_turn_that_does_not_come_is_told() {
        let searches = searches();
        let (one, other) = (searches.begin(person(1)).await, searches.begin(person(2)).await);
        let (Ok(one), Ok(other)) = (one, other) else { panic!("no places") };
        let busy = tokio::spawn(async move { one.take(|| std::thread::sleep(Duration::from_millis(500))).await });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(matches!(other.take(|| ()).await, Err(AdminError::TooManySearches)));
        assert!(busy.await.expect("the task").is_ok());
    }
}
