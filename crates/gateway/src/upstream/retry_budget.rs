//! How many requests are tried again: a share of those that came, and a few beside it. After Finagle's `RetryBudget`, as a window instead
//! of a bucket, so that nothing is saved up for longer than the window.

use super::config::RetryBudgetConfig;
use super::window::Window;
use std::time::Duration;

/// The time that is looked at, in seconds.
const SECONDS: u32 = 10;

/// A budget of one upstream.
pub(super) struct RetryBudget {
    config: RetryBudgetConfig,
    /// All that were sent; those that "failed" were sent again.
    window: Window,
}

impl RetryBudget {
    pub(super) fn new(config: RetryBudgetConfig) -> Self {
        Self { config, window: Window::new(Duration::from_secs(SECONDS.into())) }
    }

    pub(super) fn config(&self) -> &RetryBudgetConfig {
        &self.config
    }

    /// Counts a request.
    pub(super) fn came(&self, now: u64) {
        self.window.count(now, false, false);
    }

    /// Whether one more may be tried again now, and counts it if so. Cores that ask in the same moment may get one each.
    pub(super) fn take(&self, now: u64) -> bool {
        let (came, again) = self.counts(now);
        let most = came * u64::from(self.config.percent) / 100 + u64::from(self.config.minimum_per_second * SECONDS);
        if again >= most {
            return false;
        }
        self.window.count(now, true, false);
        true
    }

    /// What came, and what was tried again, lately.
    pub(super) fn counts(&self, now: u64) -> (u64, u64) {
        let counts = self.window.counts(now);
        (counts.total.saturating_sub(counts.failed), counts.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::RetryBudget;
    use crate::upstream::config::RetryBudgetConfig;

    fn budget(percent: u32, minimum_per_second: u32) -> RetryBudget {
        RetryBudget::new(RetryBudgetConfig { percent, minimum_per_second })
    }

    fn taken(budget: &RetryBudget, now: u64) -> usize {
        (0..1000).take_while(|_| budget.take(now)).count()
    }

    #[test]
    fn a_share_of_what_came_is_tried_again_and_a_few_beside_it() {
        let budget = budget(20, 1);
        (0..100).for_each(|_| budget.came(5_000));
        assert_eq!(taken(&budget, 5_100), 20 + 10);
        assert_eq!(taken(&budget, 8_000), 0);
        (0..50).for_each(|_| budget.came(8_000));
        assert_eq!(taken(&budget, 8_000), 10);
    }

    #[test]
    fn nothing_is_saved_up_for_longer_than_the_window() {
        let budget = budget(20, 0);
        (0..1_000).for_each(|_| budget.came(1_000));
        assert_eq!(taken(&budget, 60_000), 0);
    }

    #[test]
    fn without_a_budget_nothing_is_tried_again() {
        let budget = budget(0, 0);
        (0..100).for_each(|_| budget.came(1_000));
        assert!(!budget.take(1_000));
    }
}
