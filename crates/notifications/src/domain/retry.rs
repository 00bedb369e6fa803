//! When a delivery is tried again.

use std::time::Duration;

/// The longest pause after the first attempt.
const FIRST: Duration = Duration::from_secs(2);
/// How much longer the pause may be with each further attempt: eight attempts outlast a receiver's greylisting and a
/// short outage, and somebody who waits for a link does not notice the first one.
const GROWTH: u32 = 4;
/// The longest pause at all.
const LONGEST: Duration = Duration::from_secs(3600);
/// The shortest pause.
const SHORTEST: Duration = Duration::from_millis(100);

/// The pause after the attempt of this number (from 1): exponential with full jitter; `fraction` is random, 0 to 1.
pub(super) fn pause(attempt: i64, fraction: f64) -> Duration {
    let exponent = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0).min(15);
    let ceiling = FIRST.saturating_mul(GROWTH.saturating_pow(exponent)).min(LONGEST);
    ceiling.mul_f64(fraction.clamp(0.0, 1.0)).max(SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ceiling_grows_up_to_its_maximum() {
        let ceilings: Vec<u64> = (1..=8).map(|attempt| pause(attempt, 1.0).as_secs()).collect();
        assert_eq!(ceilings, [2, 8, 32, 128, 512, 2048, 3600, 3600]);
    }

    proptest! {
        #[test]
        fn a_pause_stays_within_its_bounds(attempt in any::<i64>(), fraction in 0.0..=1.0) {
            let pause = pause(attempt, fraction);
            prop_assert!(pause >= SHORTEST && pause <= LONGEST);
        }
    }
}
