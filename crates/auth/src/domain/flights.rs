//! Sign-ins under way in this process, by the bucket that will count them: a failure is counted once its password was looked
//! at, and until then many at once would all be the first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// All of them. Cloning shares them; there are never more entries than requests.
#[derive(Clone, Default)]
pub(super) struct Flights(Arc<Mutex<HashMap<String, i64>>>);

/// One of them, until it is dropped.
pub(super) struct Flight {
    flights: Flights,
    key: String,
    /// How many there were when it began.
    pub(super) before: i64,
}

impl Flights {
    /// Begins one.
    pub(super) fn begin(&self, key: &str) -> Flight {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = under_way.entry(key.to_owned()).or_default();
        *count += 1;
        Flight { flights: self.clone(), key: key.to_owned(), before: *count - 1 }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut under_way = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = under_way.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_begins_is_told_of_those_before_and_nothing_is_left_of_who_is_done() {
        let flights = Flights::default();
        let first = flights.begin("a");
        let second = flights.begin("a");
        assert_eq!((first.before, second.before, flights.begin("b").before), (0, 1, 0));
        drop(first);
        assert_eq!(flights.begin("a").before, 1);
        drop(second);
        assert!(flights.0.lock().expect("not poisoned").is_empty());
    }
}
