//! Something outside that is away: told when it begins, once a minute while it lasts, and when it is over. Whoever tries
//! again and again says nothing else, so that a log of an outage can be read. One that comes and goes is told once a minute
//! as well.

use crate::Clock;
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often it is told that it lasts.
const AGAIN: Duration = Duration::from_secs(60);

/// What is known of one part's being away. Cloning shares it: whoever notices it first tells it for all.
#[derive(Clone)]
pub struct Outage(Arc<Inner>);

struct Inner {
    /// Such as `Redis at redis://10.0.0.5:6379`; never a secret.
    subject: String,
    /// Such as `is away`.
    trouble: &'static str,
    /// Whether it ends only when somebody changes something.
    needs_help: bool,
    clock: Clock,
    is_away: AtomicBool,
    state: Mutex<State>,
}

/// Moments of the monotonic time.
#[derive(Default)]
struct State {
    /// Since when it is away, and whether anybody was told of that.
    away: Option<(Duration, bool)>,
    /// When somebody was told of it the last time.
    told_at: Option<Duration>,
}

/// What is to be told of a failure.
#[derive(Debug, PartialEq, Eq)]
enum News {
    First,
    /// It has lasted for so long.
    Still(Duration),
    Known,
}

impl Outage {
    /// Of a part that comes back by itself; it is there as far as is known.
    pub fn new(subject: impl Into<String>, clock: Clock) -> Self {
        Self::of(subject, "is away", clock)
    }

    /// Of something else that ends by itself, and what is the matter with it then, such as `cannot be accepted`.
    pub fn of(subject: impl Into<String>, trouble: &'static str, clock: Clock) -> Self {
        Self::made(subject.into(), trouble, false, clock)
    }

    /// Of something that ends only when somebody changes something, such as a key: it is told as an error.
    pub(crate) fn needs_help(subject: impl Into<String>, trouble: &'static str, clock: Clock) -> Self {
        Self::made(subject.into(), trouble, true, clock)
    }

    fn made(subject: String, trouble: &'static str, needs_help: bool, clock: Clock) -> Self {
        let (is_away, state) = (AtomicBool::new(false), Mutex::default());
        Self(Arc::new(Inner { subject, trouble, needs_help, clock, is_away, state }))
    }

    /// A try has failed.
    pub fn failed(&self, error: &dyn Display) {
        let Inner { subject, trouble, needs_help, .. } = &*self.0;
        match (self.note(), needs_help) {
            (News::First, false) => tracing::warn!(%error, "{subject} {trouble}; trying again"),
            (News::First, true) => tracing::error!(%error, "{subject} {trouble}"),
            (News::Still(since), false) => {
                tracing::warn!(%error, seconds = since.as_secs(), "{subject} {trouble}, still; trying again");
            }
            (News::Still(since), true) => {
                tracing::error!(%error, seconds = since.as_secs(), "{subject} {trouble}, still")
            }
            (News::Known, _) => tracing::debug!(%error, "{subject} {trouble}"),
        }
    }

    /// A try has succeeded.
    pub fn over(&self) {
        // Asked after each success: it must cost nothing while all is well.
        if !self.0.is_away.load(Ordering::Relaxed) {
            return;
        }
        let ended = self.lock().away.take();
        self.0.is_away.store(false, Ordering::Relaxed);
        if let Some((since, true)) = ended {
            let seconds = self.0.clock.monotonic().saturating_sub(since).as_secs();
            tracing::info!(seconds, "{} {} no more", self.0.subject, self.0.trouble);
        }
    }

    fn note(&self) -> News {
        let now = self.0.clock.monotonic();
        let mut state = self.lock();
        let is_due = state.told_at.is_none_or(|told_at| now.saturating_sub(told_at) >= AGAIN);
        let (since, was_told) = state.away.unwrap_or((now, false));
        state.away = Some((since, was_told || is_due));
        self.0.is_away.store(true, Ordering::Relaxed);
        if !is_due {
            return News::Known;
        }
        state.told_at = Some(now);
        if was_told { News::Still(now.saturating_sub(since)) } else { News::First }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_once_then_every_minute_and_no_more_often_when_it_comes_and_goes() {
        let (clock, control) = Clock::adjustable();
        let outage = Outage::new("Redis", clock);
        assert_eq!(outage.note(), News::First);
        for _ in 0..59 {
            control.advance(Duration::from_secs(1));
            assert_eq!(outage.note(), News::Known);
        }
        control.advance(Duration::from_secs(1));
        assert!(matches!(outage.clone().note(), News::Still(lasted) if lasted.as_secs() == 60));
        assert_eq!(outage.note(), News::Known);
        outage.over();
        assert_eq!(outage.note(), News::Known, "it comes and goes");
        control.advance(AGAIN);
        assert_eq!(outage.note(), News::First);
    }
}
