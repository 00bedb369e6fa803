//! Endpoints whose requests fail are left out for a while, whatever probes say: Envoy's outlier detection, of which this has consecutive
//! failures and the share of failures. (Its success rate compared with the others' mean says little of the few endpoints that most
//! upstreams have.)

use super::balance::Members;
use super::config::OutlierConfig;
use super::endpoint::Endpoint;
use super::millis;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Leaves endpoints out.
pub(super) struct Outliers {
    pub(super) config: OutlierConfig,
    /// Whether one is just being left out: two at once could be more than may be.
    is_busy: AtomicBool,
}

impl Outliers {
    pub(super) fn new(config: OutlierConfig) -> Self {
        Self { config, is_busy: AtomicBool::new(false) }
    }

    /// Counts a request that was answered well.
    pub(super) fn good(&self, endpoint: &Endpoint, now: Duration) {
        let in_a_row = &endpoint.hot.failed_in_a_row;
        if in_a_row.load(Ordering::Relaxed) != 0 {
            in_a_row.store(0, Ordering::Relaxed);
        }
        if self.config.failure_percent > 0 {
            endpoint.hot.window.count(millis(now), false, false);
        }
    }

    /// Counts a request that failed. When the endpoint is left out by it, for how long.
    pub(super) fn failed(&self, members: &Members, endpoint: &Endpoint, now: Duration) -> Option<Duration> {
        let (config, now) = (&self.config, millis(now));
        let in_a_row = endpoint.hot.failed_in_a_row.fetch_add(1, Ordering::Relaxed) + 1;
        let is_in_a_row = config.consecutive_failures > 0 && in_a_row >= config.consecutive_failures;
        let is_share = config.failure_percent > 0 && {
            endpoint.hot.window.count(now, true, false);
            let counts = endpoint.hot.window.counts(now);
            counts.total >= config.minimum_requests.into() && counts.is_share(counts.failed, config.failure_percent)
        };
        if !is_in_a_row && !is_share || self.is_busy.swap(true, Ordering::Acquire) {
            return None;
        }
        let time = self.eject(members, endpoint, now);
        self.is_busy.store(false, Ordering::Release);
        time
    }

    fn eject(&self, members: &Members, endpoint: &Endpoint, now: u64) -> Option<Duration> {
        let (config, health) = (&self.config, &endpoint.health);
        let is_out = |endpoint: &Endpoint| endpoint.health.ejected_until.load(Ordering::Relaxed) > now;
        let out = members.list.iter().filter(|member| is_out(&member.endpoint)).count();
        let is_one_too_many = (out + 1) * 100 > members.list.len() * config.max_ejected_percent as usize;
        // Requests that were under way when it was left out still end, and many of them fail.
        if is_out(endpoint) || is_one_too_many {
            return None;
        }
        // Each time that it was well for as long as it was left out at first takes one away.
        let was_well = now.saturating_sub(health.ejected_until.load(Ordering::Relaxed)) / config.ejection_ms;
        let before = u64::from(health.ejections.load(Ordering::Relaxed)).saturating_sub(was_well);
        let time = config.ejection_ms.saturating_mul(before + 1).min(config.max_ejection_ms);
        health.ejections.store(u32::try_from(before + 1).unwrap_or(u32::MAX), Ordering::Relaxed);
        health.ejected_until.store(now + time, Ordering::Relaxed);
        endpoint.hot.failed_in_a_row.store(0, Ordering::Relaxed);
        endpoint.hot.window.clear();
        Some(Duration::from_millis(time))
    }
}

#[cfg(test)]
#[path = "outliers_tests.rs"]
mod tests;
