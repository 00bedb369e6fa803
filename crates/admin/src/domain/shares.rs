//! How much of something one person may have at once, so that nobody gets all of it.

use orion_contracts::UserId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::Semaphore;

/// Each person's share.
pub(crate) struct Shares {
    of_one: usize,
    people: Mutex<HashMap<UserId, Weak<Semaphore>>>,
}

impl Shares {
    /// So many for each.
    pub(crate) fn new(of_one: usize) -> Self {
        Self { of_one, people: Mutex::default() }
    }

    /// The share of one person, remembered as long as some of it is taken or waited for.
    pub(crate) fn of(&self, whose: UserId) -> Arc<Semaphore> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = people.get(&whose).and_then(Weak::upgrade) {
            return share;
        }
        people.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.of_one));
        people.insert(whose, Arc::downgrade(&share));
        share
    }

    /// How many people are remembered.
    #[cfg(test)]
    pub(crate) fn remembered(&self) -> usize {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
