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
}

impl Backoff {
    /// The bound after the first failure, doubled with each further one up to the ceiling; never less than 50 ms.
    pub const fn new(first: Duration, ceiling: Duration) -> Self {
        Self { first, growth: 2, floor: Duration::from_millis(50), ceiling }
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

    /// The pause after so many failures in a row, from 1.
    pub fn pause(&self, failures: i64, random: &Random) -> Duration {
        self.bound(failures).mul_f64(random.fraction()).max(self.floor)
    }

    /// The longest pause after so many failures in a row; for who has nobody to come back together with.
    pub fn bound(&self, failures: i64) -> Duration {
        let exponent = u32::try_from(failures.saturating_sub(1).clamp(0, 32)).unwrap_or_default();
        self.first.saturating_mul(self.growth.saturating_pow(exponent)).min(self.ceiling)
    }
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
}
