//! Pauses between tries, growing with each failure, and random so that those who failed together do not come back together.

use crate::Random;
use std::time::Duration;

/// Exponential pauses with full jitter: between the floor and a bound that grows up to the ceiling.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    first: Duration,
    growth: u32,
    floor: Duration,
    ceiling: Duration,
    /// Whether a pause is half of its bound at least.
    is_lasting: bool,
}

impl Backoff {
    /// The bound after the first failure, doubled with each further one up to the ceiling; never less than 50 ms.
    pub const fn new(first: Duration, ceiling: Duration) -> Self {
        Self { first, growth: 2, floor: Duration::from_millis(50), ceiling, is_lasting: false }
    }

    /// Grows by another factor.
    #[must_use]
    pub const fn growing(self, growth: u32) -> Self {
        Self { growth, ..self }
    }

    /// Says the shortest pause.
    #[must_use]
    pub const fn at_least(self, floor: Duration) -> Self {
        Self { floor, ..self }
    }

    /// Makes a pause half of its bound at least: so many of them last so long, whatever chance says.
    #[must_use]
    pub const fn lasting(self) -> Self {
        Self { is_lasting: true, ..self }
    }

    /// The pause after so many failures in a row, from 1.
    pub fn pause(&self, failures: i64, random: &Random) -> Duration {
        let bound = self.bound(failures);
        let sure = if self.is_lasting { bound / 2 } else { Duration::ZERO };
        (sure + (bound - sure).mul_f64(random.fraction())).max(self.floor)
    }

    /// The longest pause after so many failures in a row; for who has nobody to come back together with.
    pub fn bound(&self, failures: i64) -> Duration {
        let exponent = u32::try_from(failures.saturating_sub(1).clamp(0, 32)).unwrap_or_default();
        self.first.saturating_mul(self.growth.saturating_pow(exponent)).min(self.ceiling)
    }
}

/// A time as people say it: to the millisecond below ten seconds, to the second above.
pub fn rounded(time: Duration) -> Duration {
    let whole = |unit: Duration| {
        let units = time.as_nanos().saturating_add(unit.as_nanos() / 2) / unit.as_nanos();
        unit.saturating_mul(u32::try_from(units).unwrap_or(u32::MAX))
    };
    if time < Duration::from_secs(10) { whole(Duration::from_millis(1)) } else { whole(Duration::from_secs(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSES: Backoff =
        Backoff::new(Duration::from_secs(2), Duration::from_secs(3600)).growing(4).at_least(Duration::from_millis(100));

    #[test]
    fn the_bound_grows_up_to_the_ceiling() {
        let bounds: Vec<u64> = (1..=8).map(|failures| PAUSES.bound(failures).as_secs()).collect();
        assert_eq!(bounds, [2, 8, 32, 128, 512, 2048, 3600, 3600]);
        assert_eq!(PAUSES.bound(i64::MAX), Duration::from_secs(3600));
    }

    #[test]
    fn a_pause_stays_between_floor_and_bound_and_is_not_always_the_same() {
        let random = Random::seeded(1);
        for failures in [i64::MIN, 0, 1, 5, 6, 7, 1000, i64::MAX] {
            let pauses: Vec<_> = (0..50).map(|_| PAUSES.pause(failures, &random)).collect();
            let bound = PAUSES.bound(failures);
            assert!(pauses.iter().all(|pause| (Duration::from_millis(100)..=bound).contains(pause)), "{pauses:?}");
            assert!(pauses.iter().max() > pauses.iter().min(), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause < bound / 2), "full jitter: {pauses:?}");
        }
    }

    #[test]
    fn a_lasting_pause_is_half_of_its_bound_at_least() {
        let (random, lasting) = (Random::seeded(1), PAUSES.lasting());
        for failures in 1..=10 {
            let bound = lasting.bound(failures);
            let pauses: Vec<_> = (0..50).map(|_| lasting.pause(failures, &random)).collect();
            assert!(pauses.iter().all(|pause| (bound / 2..=bound).contains(pause)), "{pauses:?}");
            assert!(pauses.iter().max() > pauses.iter().min(), "{pauses:?}");
        }
    }

    #[test]
    fn a_time_is_said_in_few_digits() {
        let said = |nanos| format!("{:?}", rounded(Duration::from_nanos(nanos)));
        assert_eq!(said(313_235_977_365), "313s");
        assert_eq!(said(1_234_567_890), "1.235s");
        assert_eq!(said(0), "0ns");
        assert_eq!(rounded(Duration::MAX), Duration::from_secs(u32::MAX.into()));
    }
}
