//! Keeps registrations and what follows them together. An answer costs a fraction of what follows it, so that a crowd of
//! callers would be answered sooner than anybody can be mailed, and the queue would grow for as long as they come. So each
//! answer waits as long as the last job waited for its turn: what comes in is no more than what gets done, and nobody is
//! refused for it. The wait says nothing of an address, for it is the same for all.

use orion_infra::Clock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A queue that is no later than this is not late: taking its jobs in bulk takes a moment.
const A_MOMENT: Duration = Duration::from_millis(3);
/// The longest wait: where the workers stand still, registrations are taken all the same, and done later.
const LONGEST: Duration = Duration::from_secs(1);
/// For how long it is believed how long the last job waited.
const BELIEVED: Duration = Duration::from_secs(1);

/// How late the queue of registrations is, as its last job has told.
#[derive(Default)]
pub(in crate::domain) struct Pace {
    waited: AtomicU64,
    told_at: AtomicU64,
}

impl Pace {
    /// Takes note that a job waited so long for its turn.
    pub(super) fn told(&self, clock: &Clock, waited: Duration) {
        self.waited.store(micros(waited), Ordering::Relaxed);
        self.told_at.store(micros(clock.monotonic()), Ordering::Relaxed);
    }

    /// Waits as long as jobs do.
    pub(super) async fn keep(&self, clock: &Clock) {
        let wait = self.wait(clock.monotonic());
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
    }

    fn wait(&self, now: Duration) -> Duration {
        let told_at = Duration::from_micros(self.told_at.load(Ordering::Relaxed));
        match now.saturating_sub(told_at) < BELIEVED {
            true => Duration::from_micros(self.waited.load(Ordering::Relaxed)).saturating_sub(A_MOMENT).min(LONGEST),
            false => Duration::ZERO,
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn told(waited: Duration) -> (Pace, Clock) {
        let (clock, control) = Clock::adjustable();
        control.advance(NOW);
        let pace = Pace::default();
        pace.told(&clock, waited);
        (pace, clock)
    }

    #[test]
    fn who_registers_waits_as_long_as_the_last_job_did() {
        let (pace, clock) = told(Duration::from_millis(203));
        assert_eq!(pace.wait(clock.monotonic()), Duration::from_millis(200));
    }

    #[test]
    fn nobody_waits_where_the_queue_is_empty_or_only_gathers() {
        assert_eq!(Pace::default().wait(NOW), Duration::ZERO);
        let (pace, clock) = told(A_MOMENT);
        assert_eq!(pace.wait(clock.monotonic()), Duration::ZERO);
    }

    #[test]
    fn workers_that_stand_still_hold_nobody_up_for_long() {
        let (pace, clock) = told(Duration::from_secs(3600));
        assert_eq!(pace.wait(clock.monotonic()), LONGEST);
        assert_eq!(pace.wait(clock.monotonic() + BELIEVED), Duration::ZERO, "that is no news any more");
    }
}
