//! The time by which things are thrown away for their age. A clock that is ahead makes everything old at once, and what
//! is gone does not come back when it is right again.

use crate::{Clock, DbError, Infra};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How far a wall clock may be ahead of where it would be by what passed, to be believed at once.
const AT_ONCE: TimeDelta = TimeDelta::days(1);
/// How long one that is further ahead is doubted: somebody may set it right.
const DOUBT: Duration = Duration::from_secs(86_400);

/// A wall time as far as it is believed: one that has jumped ahead is believed after a day.
#[derive(Default)]
pub(crate) struct BelievedTime(Mutex<Option<Believed>>);

struct Believed {
    /// A moment that was believed, and when it was by [`Clock::monotonic`].
    wall: DateTime<Utc>,
    at: Duration,
    doubted_since: Option<Duration>,
}

impl BelievedTime {
    /// What is believed when a wall clock shows so much. The first time that is shown is believed.
    fn of(&self, wall: DateTime<Utc>, clock: &Clock) -> DateTime<Utc> {
        let at = clock.monotonic();
        let mut believed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(believed) = believed.as_mut() {
            let reckoned = believed.reckoned(at);
            let since = *believed.doubted_since.get_or_insert(at);
            if wall > reckoned + AT_ONCE && at.saturating_sub(since) < DOUBT {
                return reckoned;
            }
        }
        *believed = Some(Believed { wall, at, doubted_since: None });
        wall
    }

    /// What is believed when no clock can be asked.
    fn reckoned(&self, clock: &Clock) -> Option<DateTime<Utc>> {
        let believed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        believed.as_ref().map(|believed| believed.reckoned(clock.monotonic()))
    }
}

impl Believed {
    fn reckoned(&self, at: Duration) -> DateTime<Utc> {
        self.wall + at.saturating_sub(self.at)
    }
}

impl Infra {
    /// The time that all processes share, as far as it is believed: that of the database's server where there is one.
    pub async fn shared_now(&self) -> Result<DateTime<Utc>, DbError> {
        match self.db.wall_time(&self.clock).await {
            Ok(wall) => Ok(self.believed.of(wall, &self.clock)),
            Err(error) => self.believed.reckoned(&self.clock).ok_or(error),
        }
    }

    /// The time by which things are thrown away for their age: what is old by the shared time, and by this process's own.
    /// Neither a server nor a process that is ahead takes away what others need.
    pub async fn believed_now(&self) -> Result<DateTime<Utc>, DbError> {
        Ok(self.shared_now().await?.min(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::BelievedTime;
    use crate::Clock;
    use chrono::TimeDelta;
    use std::time::Duration;

    #[test]
    fn a_wall_clock_that_jumps_ahead_is_believed_after_a_day_and_one_that_runs_at_once() {
        const HOUR: Duration = Duration::from_secs(3600);
        let (clock, control) = Clock::adjustable();
        let believed = BelievedTime::default();
        let is_right = || (believed.of(clock.now(), &clock) - clock.now()).abs() < TimeDelta::seconds(10);
        assert!(is_right(), "the first one");
        control.advance(400 * 24 * HOUR);
        assert!(is_right(), "time has passed");
        control.set_wrong(TimeDelta::days(365));
        assert!(!is_right());
        control.advance(HOUR);
        control.set_wrong(TimeDelta::zero());
        assert!(is_right(), "set right again");
        control.set_wrong(TimeDelta::days(-365));
        assert!(is_right(), "what is younger than it says loses nothing");
        control.set_wrong(TimeDelta::zero());
        assert!(!is_right(), "a jump ahead, from where it was");
        control.advance(23 * HOUR);
        assert!(!is_right());
        control.advance(HOUR);
        assert!(is_right(), "nobody has set it right for a day");
    }
}
