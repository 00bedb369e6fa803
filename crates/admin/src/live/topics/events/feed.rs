//! Follows the event log while somebody watches.

use super::batch::{Batch, frame};
use super::ring::{REMEMBERED, Ring};
use crate::live::frame::Frame;
use crate::live::watchers::Watchers;
use crate::store::event_log::{self, LoggedEvent};
use orion_infra::{Clock, Db, DbError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, Notify, broadcast};

/// How many events go into one frame at most.
const BATCH: u32 = 500;
/// How often frames are sent at most.
const PACE: Duration = Duration::from_millis(100);
/// Looks without being told of an event: bus messages can be lost.
const POLL: Duration = Duration::from_secs(1);
/// How many frames a socket, or a filter, may fall behind before it loses some.
const BACKLOG: usize = 64;

/// Follows the event log.
pub(super) struct EventFeed {
    db: Db,
    clock: Clock,
    ring: Mutex<Ring>,
    /// Messages for who watches everything.
    pub(super) frames: broadcast::Sender<Arc<Frame>>,
    /// The same events for filters.
    pub(super) batches: broadcast::Sender<Arc<Batch>>,
    reading: AsyncMutex<()>,
    logged: Notify,
}

/// Where a watcher starts.
pub(super) struct Start {
    /// Events up to now that it has not seen.
    pub(super) events: Vec<LoggedEvent>,
    /// The last one that it has seen, as far as that matters.
    pub(super) seen: u64,
    /// How many it has missed that are no longer remembered.
    pub(super) missed: u64,
    /// The last event up to now.
    pub(super) last: u64,
}

impl EventFeed {
    /// Has read nothing yet.
    pub(super) fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            ring: Mutex::default(),
            frames: broadcast::Sender::new(BACKLOG),
            batches: broadcast::Sender::new(BACKLOG),
            reading: AsyncMutex::new(()),
            logged: Notify::new(),
        }
    }

    /// An event was logged, by this instance or another one.
    pub(super) fn logged(&self) {
        self.logged.notify_one();
    }

    /// Starts watching, after `resume` when that is still remembered, otherwise with the last `sight` events. `join` takes
    /// up what comes from then on.
    pub(super) async fn start<J>(
        &self,
        resume: Option<u64>,
        sight: usize,
        join: impl FnOnce() -> J,
    ) -> Result<(Start, J), DbError> {
        // Whoever reads in the meantime would send to those that watch by then: this one is not among them yet.
        let _one_at_a_time = self.reading.lock().await;
        self.read().await?;
        let ring = self.lock();
        let (seen, missed) = ring.resume(resume, sight);
        let unseen = ring.events.iter().filter(|event| event.sequence.unsigned_abs() > seen);
        // What is no longer remembered was not seen, but is told as missed.
        Ok((Start { events: unseen.cloned().collect(), seen: seen + missed, missed, last: ring.last }, join()))
    }

    /// Follows while somebody watches.
    pub(super) async fn follow(&self, watchers: &Watchers) {
        loop {
            watchers.somebody().await;
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
        if self.frames.receiver_count() == 0 && self.batches.receiver_count() == 0 {
            // Nobody has watched: what lies between is not for anybody, only the last events are.
            let mut newest = event_log::before(self.db.read_aside(), None, None, REMEMBERED).await?;
            newest.reverse();
            *self.lock() = Ring::of(newest);
            return Ok(());
        }
        loop {
            let last = i64::try_from(self.lock().last).unwrap_or(i64::MAX);
            let events = event_log::after(self.db.read_aside(), last, BATCH).await?;
            let more = events.len() >= BATCH as usize;
            let mut ring = self.lock();
            ring.extend(events.clone());
            self.tell(events, ring.last);
            if !more {
                return Ok(());
            }
        }
    }

    fn tell(&self, events: Vec<LoggedEvent>, last: u64) {
        let batch = Batch::new(events.clone());
        let Some(first) = batch.first() else { return };
        // Nobody listening any more is fine.
        if self.frames.receiver_count() > 0
            && let Some(frame) = frame(&events, (first, last))
        {
            let _ = self.frames.send(Arc::new(frame));
        }
        let _ = self.batches.send(Arc::new(batch));
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
