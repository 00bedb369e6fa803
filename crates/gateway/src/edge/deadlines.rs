//! Deadlines of connections, looked at a few times a second by one task per core. A timer per request would cost more
//! than the request's routing does.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::task::Waker;

/// A deadline that is not set.
pub const NEVER: u64 = u64::MAX;

/// How often deadlines are looked at, in milliseconds: what they are exact to.
pub const TICK: u64 = 50;

/// The coarse time of a core, in milliseconds of the clock's monotonic time, and the deadlines that hang on it.
#[derive(Default)]
pub struct Ticker {
    now: Rc<Cell<u64>>,
    watched: RefCell<Vec<Weak<Deadlines>>>,
}

/// The deadlines of one connection, in milliseconds of its [`Ticker`].
pub struct Deadlines {
    now: Rc<Cell<u64>>,
    /// When the connection ends if no request has begun.
    pub idle: Cell<u64>,
    /// When the head or body that is arriving must be complete.
    pub receive: Cell<u64>,
    /// When the upstream must have connected or answered.
    pub answer: Cell<u64>,
    /// When the client must have taken the answer.
    pub send: Cell<u64>,
    waker: RefCell<Option<Waker>>,
}

impl Ticker {
    /// The coarse time.
    pub fn now(&self) -> u64 {
        self.now.get()
    }

    /// Deadlines for a new connection, none set.
    pub fn deadlines(&self) -> Rc<Deadlines> {
        let deadlines = Rc::new(Deadlines {
            now: self.now.clone(),
            idle: Cell::new(NEVER),
            receive: Cell::new(NEVER),
            answer: Cell::new(NEVER),
            send: Cell::new(NEVER),
            waker: RefCell::new(None),
        });
        self.watched.borrow_mut().push(Rc::downgrade(&deadlines));
        deadlines
    }

    /// Moves the time on and wakes the connections whose deadline has passed.
    pub fn set_now(&self, now: u64) {
        self.now.set(now);
        self.wake(|deadlines| deadlines.earliest() <= now);
    }

    /// Wakes every connection.
    pub fn wake_all(&self) {
        self.wake(|_| true);
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.watched.borrow().iter().filter(|watched| watched.strong_count() > 0).count()
    }

    fn wake(&self, due: impl Fn(&Deadlines) -> bool) {
        self.watched.borrow_mut().retain(|watched| {
            let Some(deadlines) = watched.upgrade() else { return false };
            if due(&deadlines)
                && let Some(waker) = &*deadlines.waker.borrow()
            {
                waker.wake_by_ref();
            }
            true
        });
    }
}

impl Deadlines {
    /// The coarse time.
    pub fn now(&self) -> u64 {
        self.now.get()
    }

    /// Sets the task that is woken when a deadline has passed.
    pub fn watch(&self, waker: &Waker) {
        let mut current = self.waker.borrow_mut();
        if !current.as_ref().is_some_and(|current| current.will_wake(waker)) {
            *current = Some(waker.clone());
        }
    }

    fn earliest(&self) -> u64 {
        self.idle.get().min(self.receive.get()).min(self.answer.get()).min(self.send.get())
    }
}

#[cfg(test)]
mod tests {
    use super::Ticker;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::{Wake, Waker};

    #[derive(Default)]
    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn only_the_connection_that_is_due_is_woken_and_dropped_ones_are_forgotten() {
        let ticker = Ticker::default();
        let (early, late) = (ticker.deadlines(), ticker.deadlines());
        let counts = [Arc::new(Count::default()), Arc::new(Count::default())];
        early.watch(&Waker::from(counts[0].clone()));
        late.watch(&Waker::from(counts[1].clone()));
        early.answer.set(100);
        late.idle.set(500);
        ticker.set_now(200);
        assert_eq!(counts.each_ref().map(|count| count.0.load(Ordering::Relaxed)), [1, 0]);
        drop(early);
        ticker.set_now(600);
        assert_eq!(counts.each_ref().map(|count| count.0.load(Ordering::Relaxed)), [1, 1]);
        assert_eq!(ticker.connections(), 1);
    }
}
