//! How much a socket may say: a page sends a few requests when it opens, and hardly any afterwards.

use std::time::Duration;

/// Messages that may come at once.
const BURST: u32 = 40;
/// After this long one more may come.
const REFILL: Duration = Duration::from_millis(250);

/// A bucket of one socket.
pub(crate) struct Allowance {
    left: u32,
    filled_at: Duration,
}

impl Allowance {
    /// Full, at a monotonic time.
    pub(crate) fn new(now: Duration) -> Self {
        Self { left: BURST, filled_at: now }
    }

    /// Whether one more message may come now.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        let steps = now.saturating_sub(self.filled_at).as_millis() / REFILL.as_millis();
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        self.filled_at += REFILL.saturating_mul(steps);
        self.left = self.left.saturating_add(steps).min(BURST);
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_a_flood_does_not_and_time_heals() {
        let mut allowance = Allowance::new(Duration::ZERO);
        assert!((0..BURST).all(|_| allowance.take(Duration::ZERO)));
        assert!(!allowance.take(Duration::from_millis(249)));
        assert!(allowance.take(Duration::from_millis(250)));
        assert!(!allowance.take(Duration::from_millis(499)));
        let later = Duration::from_secs(3600);
        assert_eq!((0..BURST + 5).filter(|_| allowance.take(later)).count(), BURST as usize);
    }
}
