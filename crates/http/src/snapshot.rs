//! Data that changes rarely and is read on every request: routes, keys, revocations.
//!
//! A writer replaces the whole; each core keeps its own reference and sees by one atomic load whether it is still the
//! newest. No reference count is shared between cores on the hot path.

use arc_swap::ArcSwap;
use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A value that is replaced as a whole.
pub struct Snapshot<T> {
    version: AtomicU64,
    value: ArcSwap<T>,
}

impl<T> Snapshot<T> {
    /// A snapshot with its first value.
    pub fn new(value: T) -> Arc<Self> {
        Arc::new(Self { version: AtomicU64::new(0), value: ArcSwap::from_pointee(value) })
    }

    /// Replaces the value; every core uses the new one from its next request on.
    pub fn set(&self, value: T) {
        self.value.store(Arc::new(value));
        self.version.fetch_add(1, Ordering::Release);
    }

    /// Replaces the value by one made from it. Several writers do not lose each other's changes.
    pub fn update(&self, change: impl FnMut(&T) -> T) {
        let mut change = change;
        self.value.rcu(|value| change(value));
        self.version.fetch_add(1, Ordering::Release);
    }

    /// The newest value, for readers that are not on the hot path.
    pub fn get(&self) -> Arc<T> {
        self.value.load_full()
    }

    /// A reader for one core.
    pub fn reader(self: &Arc<Self>) -> SnapshotReader<T> {
        let version = self.version.load(Ordering::Acquire);
        SnapshotReader {
            version: Cell::new(version),
            cached: RefCell::new(Held(Rc::new(self.get()))),
            source: self.clone(),
        }
    }
}

/// One core's view of a [`Snapshot`].
pub struct SnapshotReader<T> {
    source: Arc<Snapshot<T>>,
    version: Cell<u64>,
    cached: RefCell<Held<T>>,
}

impl<T> SnapshotReader<T> {
    /// The newest value.
    pub fn get(&self) -> Held<T> {
        let version = self.source.version.load(Ordering::Acquire);
        if version != self.version.get() {
            // The version is read before the value: a value newer than its version is only read once more.
            *self.cached.borrow_mut() = Held(Rc::new(self.source.get()));
            self.version.set(version);
        }
        self.cached.borrow().clone()
    }

    /// The version of the value that was last read; it changes with the value.
    pub fn version(&self) -> u64 {
        self.version.get()
    }
}

/// A value that stays as it is for as long as a request holds it.
#[allow(clippy::redundant_allocation, reason = "cloning the outer one costs no atomic operation")]
pub struct Held<T>(Rc<Arc<T>>);

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Snapshot;

    #[test]
    fn a_reader_sees_every_replacement_and_what_it_holds_does_not_change() {
        let snapshot = Snapshot::new(1);
        let reader = snapshot.reader();
        let held = reader.get();
        snapshot.set(2);
        snapshot.update(|value| value + 1);
        assert_eq!((*held, *reader.get()), (1, 3));
        assert_ne!(reader.version(), 0);
    }
}
