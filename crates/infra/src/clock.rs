//! Time, injected: wall time for records, monotonic time for durations, and sleeping.
//!
//! A test's clock runs with real time and can be moved forward; sleepers whose moment has come then wake at once.

#![allow(clippy::disallowed_methods, reason = "this is the one place that asks the system for the time")]

use chrono::{DateTime, SubsecRound, Utc};
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A cheap handle to a source of time.
#[derive(Clone)]
pub struct Clock {
    /// How far the clock is ahead of the system's; `None` for the system's own.
    ahead: Option<watch::Receiver<Duration>>,
}

/// Moves an [`Clock::adjustable`] clock.
pub struct ClockControl(watch::Sender<Duration>);

static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        LazyLock::force(&ORIGIN);
        Self { ahead: None }
    }

    /// A clock that can be moved forward.
    pub fn adjustable() -> (Self, ClockControl) {
        LazyLock::force(&ORIGIN);
        let (control, ahead) = watch::channel(Duration::ZERO);
        (Self { ahead: Some(ahead) }, ClockControl(control))
    }

    /// How far it is ahead of the system's.
    pub(crate) fn ahead(&self) -> Duration {
        self.ahead.as_ref().map_or(Duration::ZERO, |ahead| *ahead.borrow())
    }

    /// Wall time, cut to microseconds: what both databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        (Utc::now() + self.ahead()).trunc_subsecs(6)
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
        let Some(mut ahead) = self.ahead.clone() else {
            return tokio::time::sleep(moment.saturating_sub(self.monotonic())).await;
        };
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
        self.0.send_modify(|ahead| *ahead += by);
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
}
