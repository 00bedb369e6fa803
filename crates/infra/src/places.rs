//! How many do something at once in a process, and how many of these are one person's: what stands in the memory or holds a
//! connection is bounded, and nobody gets all of it. Whoever finds no place does not wait for one.

use orion_contracts::UserId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Places {
    all: usize,
    of_one: usize,
    taken: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub struct Place {
    whose: UserId,
    taken: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// All are taken.
    All,
    /// This person has as many as one may have.
    OfOne,
}

impl Places {
    /// So many for all, and so many of them for one.
    pub fn new(all: usize, of_one: usize) -> Self {
        Self { all, of_one, taken: Arc::default() }
    }

    /// A place for this person, if there is one now.
    pub fn take(&self, whose: UserId) -> Result<Place, Full> {
        let mut taken = lock(&self.taken);
        let own = taken.get(&whose).copied().unwrap_or_default();
        if own >= self.of_one {
            return Err(Full::OfOne);
        }
        if taken.values().sum::<usize>() >= self.all {
            return Err(Full::All);
        }
        taken.insert(whose, own + 1);
        Ok(Place { whose, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        match taken.get_mut(&self.whose) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.remove(&self.whose)),
        }
    }
}

fn lock(taken: &Mutex<HashMap<UserId, usize>>) -> MutexGuard<'_, HashMap<UserId, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn person(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    #[test]
    fn nobody_gets_the_places_of_all_and_all_get_no_more_than_there_are() {
        let places = Places::new(5, 2);
        let mut held: Vec<_> = (0..2).map(|_| places.take(person(0)).expect("a place")).collect();
        assert_eq!(places.take(person(0)).expect_err("no third one"), Full::OfOne);
        held.extend((1..=3).map(|number| places.take(person(number)).expect("a place")));
        assert_eq!(places.take(person(9)).expect_err("all are taken"), Full::All);
        held.remove(0);
        places.take(person(0)).expect("one was given back");
        drop(held);
        assert!(lock(&places.taken).is_empty(), "only who has a place is remembered");
    }
}
