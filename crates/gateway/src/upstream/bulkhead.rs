//! How many requests an upstream has at once, and a line of those that wait for their turn.
//!
//! While there is room, coming and going is one atomic each. Only when there is none do requests stand in line, under a lock; who goes
//! then hands its place to the first in line, whatever core that one is on: a [`oneshot`] wakes it there. (`tokio::sync::Semaphore`
//! takes its lock with every permit that comes back.) A place that is handed over is a value that gives itself back when it is dropped,
//! so it is given on when whoever was handed it has gone meanwhile.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::sync::oneshot;

/// Requests that are under way in the lower half, requests in line in the upper half. The upper half changes under the lock alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Load {
    under_way: u32,
    waiting: u32,
}

impl Load {
    fn of_bits(bits: u64) -> Self {
        Self { under_way: bits as u32, waiting: (bits >> 32) as u32 }
    }

    fn bits(self) -> u64 {
        u64::from(self.waiting) << 32 | u64::from(self.under_way)
    }
}

/// Those in line, the first at the front.
#[derive(Default)]
struct Line {
    waiting: VecDeque<oneshot::Sender<Place>>,
    /// How many of them have gone without stepping out of it.
    gone: usize,
}

/// Places for requests.
#[repr(align(128))]
pub(super) struct Bulkhead {
    load: AtomicU64,
    places: u32,
    max_waiting: u32,
    line: Mutex<Line>,
}

/// A place among those under way that is handed over.
pub(super) struct Place(Option<Arc<Bulkhead>>);

/// Whether there is a place.
pub(super) enum Entry {
    /// There is, and it is taken: whoever goes has to [leave](Bulkhead::leave).
    Taken,
    /// Not yet.
    Queued(Queued),
    /// There is none, and the line is full.
    Full,
}

/// Waits for a place. Whoever drops it has left the line.
pub(super) struct Queued {
    place: oneshot::Receiver<Place>,
    bulkhead: Arc<Bulkhead>,
    is_done: bool,
}

impl Bulkhead {
    /// So many places, none for no limit, and so many that may wait.
    pub(super) fn new(places: u32, max_waiting: u32) -> Arc<Self> {
        let places = if places == 0 { u32::MAX } else { places };
        Arc::new(Self { load: AtomicU64::new(0), places, max_waiting, line: Mutex::default() })
    }

    /// Requests under way, and in line.
    pub(super) fn load(&self) -> (u32, u32) {
        let Load { under_way, waiting } = Load::of_bits(self.load.load(Ordering::Relaxed));
        (under_way, waiting)
    }

    /// Takes a place, or stands in line.
    pub(super) fn enter(self: &Arc<Self>) -> Entry {
        if self.change(|load| self.with_one_more(load)) {
            return Entry::Taken;
        }
        let mut line = self.line();
        if line.waiting.len() >= self.max_waiting as usize && line.gone > 0 {
            line.waiting.retain(|waiting| !waiting.is_closed());
            line.gone = 0;
            self.set_waiting(&line);
        }
        loop {
            // Somebody may have gone before the lock was taken. Nobody who comes now may pass those in line.
            if self.change(|load| self.with_one_more(load)) {
                return Entry::Taken;
            }
            if line.waiting.len() >= self.max_waiting as usize {
                return Entry::Full;
            }
            // From here on whoever goes asks the line.
            let is_full = |load: Load| load.under_way >= self.places || load.waiting > 0;
            if self.change(|load| is_full(load).then_some(Load { waiting: load.waiting + 1, ..load })) {
                let (hand, place) = oneshot::channel();
                line.waiting.push_back(hand);
                return Entry::Queued(Queued { place, bulkhead: self.clone(), is_done: false });
            }
        }
    }

    fn with_one_more(&self, load: Load) -> Option<Load> {
        let is_free = load.waiting == 0 && load.under_way < self.places;
        is_free.then_some(Load { under_way: load.under_way + 1, ..load })
    }

    /// Changes the load to what `next` makes of it; false when it makes nothing.
    fn change(&self, next: impl Fn(Load) -> Option<Load>) -> bool {
        let next = |bits| next(Load::of_bits(bits)).map(Load::bits);
        self.load.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).is_ok()
    }

    fn set_waiting(&self, line: &Line) {
        let waiting = line.waiting.len() as u32;
        self.change(|load| Some(Load { waiting, ..load }));
    }

    /// Gives a place back, or on to the first in line who is still there.
    pub(super) fn leave(self: &Arc<Self>) {
        let with_one_less = |load: Load| (load.waiting == 0).then_some(Load { under_way: load.under_way - 1, ..load });
        while !self.change(with_one_less) {
            let first = {
                let mut line = self.line();
                let first = line.waiting.pop_front();
                self.set_waiting(&line);
                first
            };
            // Not under the lock: whoever has gone drops what they are handed, and so comes here.
            match first.map(|first| first.send(Place(Some(self.clone())))) {
                Some(Ok(())) => return,
                Some(Err(mut back)) => {
                    back.0 = None;
                    let mut line = self.line();
                    line.gone = line.gone.saturating_sub(1);
                }
                None => {}
            }
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Keeps it: whoever goes has to [leave](Bulkhead::leave).
    pub(super) fn take(mut self) {
        self.0 = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(bulkhead) = self.0.take() {
            bulkhead.leave();
        }
    }
}

impl Future for Queued {
    type Output = Option<Place>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Place>> {
        let place = ready!(Pin::new(&mut self.place).poll(context));
        self.is_done = true;
        Poll::Ready(place.ok())
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        // From here on it is handed nothing; what it was handed before is given on where it is dropped.
        self.place.close();
        let handed = self.place.try_recv();
        if handed.is_err() {
            let mut line = self.bulkhead.line();
            line.gone += 1;
            // Whoever waits too long stands in front: their places in line are free at once. Others are passed over later.
            while line.waiting.front().is_some_and(oneshot::Sender::is_closed) {
                line.waiting.pop_front();
                line.gone = line.gone.saturating_sub(1);
            }
            self.bulkhead.set_waiting(&line);
        }
        drop(handed);
    }
}

#[cfg(test)]
#[path = "bulkhead_tests.rs"]
mod tests;
