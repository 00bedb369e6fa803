//! The last events, for whoever comes back.

use crate::store::event_log::LoggedEvent;
use std::collections::VecDeque;

/// How many events are remembered.
pub(super) const REMEMBERED: u32 = 1000;
/// How many of them a new watcher gets.
pub(super) const FIRST_SIGHT: usize = 100;

/// The last events, oldest first.
#[derive(Default)]
pub(super) struct Ring {
    pub(super) events: VecDeque<LoggedEvent>,
    /// The number of the last one, also when it is no longer there.
    pub(super) last: u64,
}

impl Ring {
    /// These.
    pub(super) fn of(events: Vec<LoggedEvent>) -> Self {
        let mut ring = Self::default();
        ring.extend(events);
        ring
    }

    /// More came.
    pub(super) fn extend(&mut self, events: Vec<LoggedEvent>) {
        self.last = events.last().map_or(self.last, |event| event.sequence.unsigned_abs());
        self.events.extend(events);
        let surplus = self.events.len().saturating_sub(REMEMBERED as usize);
        self.events.drain(..surplus);
    }

    /// What a watcher has seen, as far as that matters here, and how many events it has missed for good. A new one has
    /// seen all but the last `sight`.
    pub(super) fn resume(&self, resume: Option<u64>, sight: usize) -> (u64, u64) {
        let first = self.events.front().map_or(self.last + 1, |event| event.sequence.unsigned_abs());
        match resume {
            Some(seen) if seen <= self.last => (seen, first.saturating_sub(seen + 1)),
            // New here, or it knows a log that is no longer: it gets the last few.
            _ => {
                let skipped = self.events.len().saturating_sub(sight);
                (self.events.get(skipped).map_or(self.last, |event| event.sequence.unsigned_abs() - 1), 0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(sequences: std::ops::RangeInclusive<i64>) -> Ring {
        Ring::of(sequences.map(|sequence| LoggedEvent { sequence, json: "{}".into() }).collect())
    }

    #[test]
    fn a_watcher_goes_on_where_it_was() {
        assert_eq!(ring(11..=20).resume(Some(15), 100), (15, 0));
        assert_eq!(ring(11..=20).resume(Some(20), 100), (20, 0));
        assert_eq!(ring(11..=20).resume(Some(10), 100), (10, 0));
    }

    #[test]
    fn what_is_no_longer_remembered_is_told_as_missed() {
        assert_eq!(ring(11..=20).resume(Some(4), 100), (4, 6));
        let mut pruned = ring(1..=10);
        pruned.events.clear();
        assert_eq!(pruned.resume(Some(4), 100), (4, 6), "cut by retention meanwhile");
    }

    #[test]
    fn a_new_watcher_gets_the_last_few() {
        assert_eq!(ring(1..=300).resume(None, 100), (200, 0));
        assert_eq!(ring(1..=300).resume(None, 1000), (0, 0));
        assert_eq!(ring(1..=3).resume(None, 100), (0, 0));
        assert_eq!(Ring::default().resume(None, 100), (0, 0));
        assert_eq!(ring(1..=3).resume(Some(99), 100), (0, 0), "a position of another log");
    }

    #[test]
    fn no_more_is_remembered_than_agreed() {
        let mut ring = ring(1..=900);
        ring.extend((901..=1200).map(|sequence| LoggedEvent { sequence, json: "".into() }).collect());
        assert_eq!((ring.events.len(), ring.events[0].sequence, ring.last), (1000, 201, 1200));
    }
}
