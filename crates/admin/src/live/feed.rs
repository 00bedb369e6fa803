//! The event stream: follows the event log while somebody watches, and remembers the last events for whoever comes
//! back.

use super::frame::Frame;
use super::watchers::Watchers;
use crate::store::event_log::{self, LoggedEvent};
use orion_infra::{Clock, Db, DbError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, Notify, broadcast};
use tokio_util::sync::CancellationToken;

/// How many events are remembered.
const REMEMBERED: u32 = 1000;
/// How many of them a new watcher gets.
const FIRST_SIGHT: usize = 100;
/// How many events go into one frame at most.
const BATCH: u32 = 500;
/// How often frames are sent at most.
const PACE: Duration = Duration::from_millis(100);
/// Looks without being told of an event: bus messages can be lost.
const POLL: Duration = Duration::from_secs(1);
/// How many frames a socket may fall behind before it loses some.
const BACKLOG: usize = 64;

/// Follows the event log.
pub(crate) struct EventFeed {
    db: Db,
    clock: Clock,
    /// Who watches.
    pub(crate) watchers: Watchers,
    ring: Mutex<Ring>,
    frames: broadcast::Sender<Arc<Frame>>,
    reading: AsyncMutex<()>,
    logged: Notify,
}

#[derive(Default)]
struct Ring {
    events: VecDeque<LoggedEvent>,
    last: u64,
}

/// Where a watcher starts.
pub(crate) struct Start {
    /// Events up to now that it has not seen.
    pub(crate) backlog: Option<Frame>,
    /// How many it has missed that are no longer remembered.
    pub(crate) missed: u64,
    /// The last event up to now.
    pub(crate) last: u64,
    /// What comes from now on.
    pub(crate) frames: broadcast::Receiver<Arc<Frame>>,
}

impl EventFeed {
    /// Has read nothing yet.
    pub(crate) fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            watchers: Watchers::default(),
            ring: Mutex::default(),
            frames: broadcast::Sender::new(BACKLOG),
            reading: AsyncMutex::new(()),
            logged: Notify::new(),
        }
    }

    /// An event was logged, by this instance or another one.
    pub(crate) fn logged(&self) {
        self.logged.notify_one();
    }

    /// Starts watching, after `resume` when that is still remembered.
    pub(crate) async fn subscribe(&self, resume: Option<u64>) -> Result<Start, DbError> {
        // Whoever reads in the meantime would send to those that watch by then: this one is not among them yet.
        let _one_at_a_time = self.reading.lock().await;
        self.read().await?;
        let ring = self.lock();
        let (seen, missed) = ring.resume(resume);
        let backlog = Frame::events(ring.events.iter().filter(|event| event.sequence.unsigned_abs() > seen));
        Ok(Start { backlog, missed, last: ring.last, frames: self.frames.subscribe() })
    }

    /// Follows while somebody watches, until told to stop.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.follow() => {}
        }
    }

    async fn follow(&self) {
        loop {
            self.watchers.somebody().await;
            tokio::select! {
                () = self.logged.notified() => {}
                () = self.clock.sleep(POLL) => {}
            }
            let outcome = {
                let _one_at_a_time = self.reading.lock().await;
                self.read().await
            };
            if let Err(error) = outcome {
                tracing::warn!(%error, "the event log cannot be read");
            }
            // What is logged in the meantime goes into the next frame.
            self.clock.sleep(PACE).await;
        }
    }

    /// Reads what was logged since and tells the watchers. One at a time.
    async fn read(&self) -> Result<(), DbError> {
        if self.frames.receiver_count() == 0 {
            // Nobody has watched: what lies between is not for anybody, only the last events are.
            let mut newest = event_log::before(self.db.read_aside(), None, REMEMBERED).await?;
            newest.reverse();
            *self.lock() = Ring::of(newest);
            return Ok(());
        }
        loop {
            let last = i64::try_from(self.lock().last).unwrap_or(i64::MAX);
            let events = event_log::after(self.db.read_aside(), last, BATCH).await?;
            let more = events.len() >= BATCH as usize;
            let mut ring = self.lock();
            if let Some(frame) = Frame::events(&events) {
                // Nobody listening any more is fine.
                let _ = self.frames.send(Arc::new(frame));
            }
            ring.extend(events);
            if !more {
                return Ok(());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn of(events: Vec<LoggedEvent>) -> Self {
        let mut ring = Self::default();
        ring.extend(events);
        ring
    }

    fn extend(&mut self, events: Vec<LoggedEvent>) {
        self.last = events.last().map_or(self.last, |event| event.sequence.unsigned_abs());
        self.events.extend(events);
        let surplus = self.events.len().saturating_sub(REMEMBERED as usize);
        self.events.drain(..surplus);
    }

    /// What a watcher has seen, as far as that matters here, and how many events it has missed for good.
    fn resume(&self, resume: Option<u64>) -> (u64, u64) {
        let first = self.events.front().map_or(self.last + 1, |event| event.sequence.unsigned_abs());
        match resume {
            Some(seen) if seen <= self.last => (seen, first.saturating_sub(seen + 1)),
            // New here, or it knows a log that is no longer: it gets the last few.
            _ => {
                let skipped = self.events.len().saturating_sub(FIRST_SIGHT);
                (self.events.get(skipped).map_or(self.last, |event| event.sequence.unsigned_abs() - 1), 0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(sequences: std::ops::RangeInclusive<i64>) -> Ring {
        Ring::of(sequences.map(|sequence| LoggedEvent { sequence, json: "{}".to_owned() }).collect())
    }

    #[test]
    fn a_watcher_goes_on_where_it_was() {
        assert_eq!(ring(11..=20).resume(Some(15)), (15, 0));
        assert_eq!(ring(11..=20).resume(Some(20)), (20, 0));
        assert_eq!(ring(11..=20).resume(Some(10)), (10, 0));
    }

    #[test]
    fn what_is_no_longer_remembered_is_told_as_missed() {
        assert_eq!(ring(11..=20).resume(Some(4)), (4, 6));
        let mut pruned = ring(1..=10);
        pruned.events.clear();
        assert_eq!(pruned.resume(Some(4)), (4, 6), "cut by retention meanwhile");
    }

    #[test]
    fn a_new_watcher_gets_the_last_few() {
        assert_eq!(ring(1..=300).resume(None), (200, 0));
        assert_eq!(ring(1..=3).resume(None), (0, 0));
        assert_eq!(Ring::default().resume(None), (0, 0));
        assert_eq!(ring(1..=3).resume(Some(99)), (0, 0), "a position of another log");
    }

    #[test]
    fn no_more_is_remembered_than_agreed() {
        let mut ring = ring(1..=900);
        ring.extend((901..=1200).map(|sequence| LoggedEvent { sequence, json: String::new() }).collect());
        assert_eq!((ring.events.len(), ring.events[0].sequence, ring.last), (1000, 201, 1200));
    }
}
