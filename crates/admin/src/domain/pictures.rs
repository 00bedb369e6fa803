//! How many pictures come in at once: each stands in the memory until it is passed on. There are few places, of which nobody gets all.

use super::shares::Shares;
use crate::error::AdminError;
use orion_contracts::UserId;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Pictures at once, in this process,
const AT_ONCE: usize = 16;
/// and of one person, in however many sessions and as whomever they act.
const OF_ONE: usize = 3;

/// The places.
pub(crate) struct Pictures {
    places: Arc<Semaphore>,
    people: Shares,
}

/// A place, given back when dropped.
pub(crate) struct PicturePlace {
    _own: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Pictures {
    /// All places are free.
    pub(crate) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), people: Shares::new(OF_ONE) }
    }

    /// A place for one more picture of this person, if there is one now.
    pub(crate) fn place(&self, whose: UserId) -> Result<PicturePlace, AdminError> {
        let own = self.people.of(whose).try_acquire_owned().map_err(|_| AdminError::TooManyPicturesOfOne(OF_ONE))?;
        let place = self.places.clone().try_acquire_owned().map_err(|_| AdminError::TooManyPictures)?;
        Ok(PicturePlace { _own: own, _place: place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn person(number: usize) -> UserId {
        UserId(Uuid::from_u128(number as u128))
    }

    #[test]
    fn nobody_gets_the_places_of_all_and_all_get_no_more_than_there_are() {
        let pictures = Pictures::new();
        let mut held: Vec<_> = (0..OF_ONE).map(|_| pictures.place(person(0)).expect("a place")).collect();
        assert!(matches!(pictures.place(person(0)), Err(AdminError::TooManyPicturesOfOne(OF_ONE))));
        held.extend((1..=AT_ONCE - OF_ONE).map(|number| pictures.place(person(number)).expect("a place")));
        assert!(matches!(pictures.place(person(99)), Err(AdminError::TooManyPictures)));
        drop(held);
        pictures.place(person(0)).expect("a place");
        assert_eq!(pictures.people.remembered(), 1, "only whose picture comes in is remembered");
    }
}
