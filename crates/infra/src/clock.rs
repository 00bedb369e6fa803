//! Time, injected: wall time for records, monotonic time for durations, and sleeping.
//!
//! A test's clock runs with real time and can be moved forward; sleepers whose moment has come then wake at once.

#![allow(clippy::disallowed_methods, reason = "this is the one place that asks the system for the time")]

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A cheap handle to a source of time.
#[derive(Clone)]
pub struct Clock {
    /// `None` for the system's own.
    adjusted: Option<Adjusted>,
}

#[derive(Clone)]
struct Adjusted {
    /// How far the clock is ahead of the system's.
    ahead: watch::Receiver<Duration>,
    wrong_by: Arc<AtomicI64>,
    sleepers: Arc<Sleepers>,
}

/// Moves an [`Clock::adjustable`] clock.
pub struct ClockControl {
    ahead: watch::Sender<Duration>,
    /// By how much its wall time is wrong, in microseconds.
    wrong_by: Arc<AtomicI64>,
    sleepers: Arc<Sleepers>,
}

/// Who sleeps by an adjustable clock, and until when.
#[derive(Default)]
struct Sleepers(Mutex<(u64, HashMap<u64, Duration>)>);

/// Somebody who sleeps; dropped when they wake or give up.
struct Asleep<'a>(&'a Sleepers, u64);

static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        LazyLock::force(&ORIGIN);
        Self { adjusted: None }
    }

    /// A clock that can be moved forward.
    pub fn adjustable() -> (Self, ClockControl) {
        LazyLock::force(&ORIGIN);
        let (control, ahead) = watch::channel(Duration::ZERO);
        let (sleepers, wrong_by) = (Arc::<Sleepers>::default(), Arc::<AtomicI64>::default());
        let adjusted = Adjusted { ahead, wrong_by: wrong_by.clone(), sleepers: sleepers.clone() };
        (Self { adjusted: Some(adjusted) }, ClockControl { ahead: control, wrong_by, sleepers })
    }

    /// How far it is ahead of the system's.
    pub(crate) fn ahead(&self) -> Duration {
        self.adjusted.as_ref().map_or(Duration::ZERO, |adjusted| *adjusted.ahead.borrow())
    }

    /// Wall time, cut to microseconds: what both databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        let wrong_by = self.adjusted.as_ref().map_or(0, |adjusted| adjusted.wrong_by.load(Ordering::SeqCst));
        (Utc::now() + self.ahead() + TimeDelta::microseconds(wrong_by)).trunc_subsecs(6)
    }

    /// What another clock shows, moved forward as this one was.
    pub(crate) fn moved(&self, other: DateTime<Utc>) -> DateTime<Utc> {
        (other + self.ahead()).trunc_subsecs(6)
    }

    /// Time since an arbitrary moment; never goes back.
    pub fn monotonic(&self) -> Duration {
        ORIGIN.elapsed() + self.ahead()
    }

    /// Sleeps for the given time.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.monotonic() + duration).await;
    }

    /// Sleeps until [`Clock::monotonic`] has reached the given value.
    pub async fn sleep_until(&self, moment: Duration) {
        let Some(Adjusted { mut ahead, sleepers, .. }) = self.adjusted.clone() else {
            return tokio::time::sleep(moment.saturating_sub(self.monotonic())).await;
        };
        let _asleep = sleepers.join(moment);
        while self.monotonic() < moment {
            let left = moment.saturating_sub(self.monotonic());
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                changed = ahead.changed() => if changed.is_err() { tokio::time::sleep(left).await },
            }
        }
    }
}

impl ClockControl {
    /// Moves the clock forward and wakes those whose moment has come.
    pub fn advance(&self, by: Duration) {
        self.ahead.send_modify(|ahead| *ahead += by);
    }

    /// Sets the wall time wrong by so much, or right again by nothing; durations and sleepers do not notice.
    pub fn set_wrong(&self, by: TimeDelta) {
        self.wrong_by.store(by.num_microseconds().unwrap_or_default(), Ordering::SeqCst);
    }

    /// Returns once all have woken whose moment had come when this was called. Who is not polled does not wake: give it a
    /// limit.
    pub async fn woken(&self) {
        let now = ORIGIN.elapsed() + *self.ahead.borrow();
        let due: Vec<u64> = self.sleepers.lock().1.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
        let is_asleep = || {
            let sleepers = self.sleepers.lock();
            due.iter().any(|id| sleepers.1.contains_key(id))
        };
        while is_asleep() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Sleepers {
    fn lock(&self) -> MutexGuard<'_, (u64, HashMap<u64, Duration>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, until: Duration) -> Asleep<'_> {
        let (last, sleepers) = &mut *self.lock();
        *last += 1;
        sleepers.insert(*last, until);
        Asleep(self, *last)
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.0.lock().1.remove(&self.1);
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use std::time::Duration;

    #[tokio::test]
    async fn moving_the_clock_wakes_a_sleeper() {
        let (clock, control) = Clock::adjustable();
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(3600)).await }
        });
        tokio::task::yield_now().await;
        let before = clock.now();
        control.advance(Duration::from_secs(3601));
        tokio::time::timeout(Duration::from_secs(5), sleeper).await.expect("the sleeper woke").expect("no panic");
        assert!(clock.now() - before >= chrono::Duration::seconds(3601));
    }

    #[tokio::test]
    async fn who_moves_the_clock_can_wait_for_those_whose_moment_has_come() {
        const HOUR: Duration = Duration::from_secs(3600);
        let (clock, control) = Clock::adjustable();
        let until = |moment: Duration| {
            let clock = clock.clone();
            tokio::spawn(async move { clock.sleep_until(moment).await })
        };
        let (soon, late) = (until(clock.monotonic() + HOUR), until(clock.monotonic() + 3 * HOUR));
        let mut given_up = Box::pin(clock.sleep(HOUR));
        assert!(futures_util::poll!(&mut given_up).is_pending());
        tokio::task::yield_now().await;
        control.advance(HOUR);
        assert!(tokio::time::timeout(Duration::from_millis(20), control.woken()).await.is_err(), "one is not polled");
        drop(given_up);
        tokio::time::timeout(Duration::from_secs(5), control.woken()).await.expect("all woke");
        soon.await.expect("no panic");
        assert!(!late.is_finished());
    }
}
