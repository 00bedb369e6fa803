//! How long the next try waits after failures in a row.

use chrono::TimeDelta;

/// The longest wait, in seconds.
const LONGEST: i64 = 15 * 60;
/// From this many failures in a row on, the wait is a day (ASVS 5.0: at most 100 in a row).
pub(super) const MANY: i64 = 100;
/// After this long without a failure, counting starts anew.
pub(super) const QUIET: TimeDelta = TimeDelta::days(1);

/// How long to wait after so many failures in a row; `pressed` says that there were many elsewhere.
pub(super) fn delay(failures: i64, threshold: u32, pressed: bool) -> TimeDelta {
    let over = failures.saturating_sub(threshold.into());
    match failures {
        MANY.. => QUIET,
        1.. if pressed => TimeDelta::seconds(LONGEST),
        _ if over < 0 => TimeDelta::zero(),
        _ => TimeDelta::seconds(2_i64.saturating_pow(u32::try_from(over).unwrap_or(u32::MAX)).min(LONGEST)),
    }
}

/// Whether there were so many failures where nobody is known that the next ones wait for longer.
pub(super) fn is_pressed(failures_elsewhere: i64) -> bool {
    failures_elsewhere >= MANY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_fifteen_minutes_and_a_day_after_a_hundred() {
        let waits: Vec<_> =
            [0, 4, 5, 6, 7, 14, 15, 99, 100, i64::MAX].map(|failures| delay(failures, 5, false).num_seconds()).into();
        assert_eq!(waits, [0, 0, 1, 2, 4, 512, 900, 900, 86_400, 86_400]);
        let pressed: Vec<_> = [0, 1, 5, 99, 100].map(|failures| delay(failures, 5, true).num_seconds()).into();
        assert_eq!(pressed, [0, 900, 900, 900, 86_400], "the first try is free also then");
    }

    proptest::proptest! {
        #[test]
        fn waits_never_shrink_while_failures_grow(failures in 0..i64::MAX - 1, threshold in 1_u32..1000, pressed: bool) {
            proptest::prop_assert!(delay(failures, threshold, pressed) <= delay(failures + 1, threshold, pressed));
            proptest::prop_assert!(delay(failures, threshold, false) <= delay(failures, threshold, true));
        }
    }
}
