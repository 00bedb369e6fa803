//! Deadlines, looked at a few times a second by one task per core. A timer per request would cost more than the request's
//! routing does.

use slab::Slab;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// A deadline that is not set.
const NEVER: u64 = u64::MAX;

/// How often deadlines are looked at, in milliseconds: what they are exact to.
pub const TICK: u64 = 50;

/// The coarse time of a core, in milliseconds of the clock's monotonic time, and the deadlines that hang on it.
#[derive(Default)]
pub struct Ticker {
    now: Cell<u64>,
    slots: RefCell<Slab<Slot>>,
}

struct Slot {
    at: u64,
    waker: Option<Waker>,
}

/// A moment by which something must have happened. Whoever waits for it is woken when it has passed.
pub struct Deadline {
    ticker: Rc<Ticker>,
    key: usize,
}

impl Ticker {
    /// The coarse time.
    pub fn now(&self) -> u64 {
        self.now.get()
    }

    /// A deadline that is not set.
    pub fn deadline(self: &Rc<Self>) -> Deadline {
        let key = self.slots.borrow_mut().insert(Slot { at: NEVER, waker: None });
        Deadline { ticker: self.clone(), key }
    }

    /// Moves the time on and wakes those whose deadline has passed.
    pub fn set_now(&self, now: u64) {
        self.now.set(now);
        self.wake(|slot| slot.at <= now);
    }

    /// Wakes all who wait.
    pub fn wake_all(&self) {
        self.wake(|_| true);
    }

    fn wake(&self, due: impl Fn(&Slot) -> bool) {
        // A waker is somebody else's code, and may look at its deadline at once. Who is woken and does not look again is not woken again.
        let due: Vec<Waker> = {
            let slots = &mut *self.slots.borrow_mut();
            slots.iter_mut().filter(|(_, slot)| due(slot)).filter_map(|(_, slot)| slot.waker.take()).collect()
        };
        due.into_iter().for_each(Waker::wake);
    }
}

impl Deadline {
    /// The coarse time.
    pub fn now(&self) -> u64 {
        self.ticker.now()
    }

    /// Sets it, in milliseconds from now.
    pub fn set_in(&self, milliseconds: u64) {
        self.set(self.now().saturating_add(milliseconds));
    }

    /// Sets it to a moment.
    pub fn set(&self, at: u64) {
        self.with(|slot| slot.at = at);
    }

    /// Takes it back.
    pub fn clear(&self) {
        self.set(NEVER);
    }

    /// The moment, if it is set.
    pub fn at(&self) -> Option<u64> {
        let at = self.with(|slot| slot.at);
        (at != NEVER).then_some(at)
    }

    /// Whether it has passed.
    pub fn is_over(&self) -> bool {
        self.with(|slot| slot.at) <= self.now()
    }

    /// Ready once it has passed; who polls is woken then, and after a change of it at the next look.
    pub fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let now = self.now();
        self.with(|slot| {
            if slot.at <= now {
                return Poll::Ready(());
            }
            if !slot.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
                slot.waker = Some(context.waker().clone());
            }
            Poll::Pending
        })
    }

    /// Polls a future until the deadline has passed; `None` when it has.
    pub async fn cut<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        std::future::poll_fn(|context| match Pin::new(&mut future).poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => self.poll(context).map(|()| None),
        })
        .await
    }

    fn with<T>(&self, look: impl FnOnce(&mut Slot) -> T) -> T {
        look(&mut self.ticker.slots.borrow_mut()[self.key])
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        // The waker is dropped after the borrow has ended: it may own what has deadlines.
        let _slot = self.ticker.slots.borrow_mut().try_remove(self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::Ticker;
    use std::rc::Rc;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::{Context, Wake, Waker};

    #[derive(Default)]
    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn only_who_is_due_is_woken_and_dropped_ones_are_forgotten() {
        let ticker = Rc::new(Ticker::default());
        let (early, late) = (ticker.deadline(), ticker.deadline());
        let counts = [Arc::new(Count::default()), Arc::new(Count::default())];
        let seen = || counts.each_ref().map(|count| count.0.load(Ordering::Relaxed));
        early.set(100);
        late.set(500);
        for (deadline, count) in [&early, &late].into_iter().zip(&counts) {
            assert!(deadline.poll(&mut Context::from_waker(&Waker::from(count.clone()))).is_pending());
        }
        ticker.set_now(200);
        assert_eq!(seen(), [1, 0]);
        assert!(early.is_over() && !late.is_over());
        drop(early);
        ticker.set_now(600);
        assert_eq!(seen(), [1, 1]);
        ticker.set_now(700);
        assert_eq!(seen(), [1, 1], "nobody is woken twice for one look");
        late.clear();
        assert!(!late.is_over() && late.at().is_none());
        assert!(late.poll(&mut Context::from_waker(&Waker::from(counts[1].clone()))).is_pending());
        ticker.wake_all();
        assert_eq!(seen(), [1, 2]);
    }
}
