//! The generic cell rate algorithm in a table of fixed size that all cores share without a lock.
//!
//! A key is a 64-bit keyed hash; its cell holds the theoretical arrival time (TAT) of its next request. Keys fall into
//! buckets of four cells, one cache line. A cell whose TAT has passed says the same as an empty one, so it is taken
//! first; only when all four are in use is the one that is free soonest given up, and its key starts afresh.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const WAYS: usize = 4;

/// So many requests in a period; all of them may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    limit: u32,
    interval: u64,
    window: u64,
}

impl Quota {
    /// A quota of `limit` requests, at least one, per `period`, at most a year.
    pub const fn new(limit: u32, period: Duration) -> Self {
        const LONGEST: u64 = 366 * 86_400 * 1_000_000_000;
        let limit = if limit == 0 { 1 } else { limit };
        let period = if period.as_nanos() > LONGEST as u128 { LONGEST } else { period.as_nanos() as u64 };
        let interval = if period < limit as u64 { 1 } else { period / limit as u64 };
        Self { limit, interval, window: interval * limit as u64 }
    }

    /// How many requests may come at once.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// The period, in whole seconds, at least one.
    pub fn period_seconds(&self) -> u64 {
        seconds(self.window)
    }
}

/// What the limiter says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may pass.
    Allowed {
        /// How many more may pass right now.
        remaining: u32,
        /// Seconds until the quota is whole again.
        reset: u64,
    },
    /// It may not.
    Limited {
        /// Seconds after which one may pass.
        retry_after: u64,
    },
}

#[derive(Default)]
struct Cell {
    key: AtomicU64,
    arrival: AtomicU64,
}

#[derive(Default)]
#[repr(align(64))]
struct Bucket([Cell; WAYS]);

/// A bounded rate limiter.
pub struct Limiter {
    buckets: Box<[Bucket]>,
}

impl Limiter {
    /// A limiter that keeps about `capacity` keys, 16 bytes each.
    pub fn new(capacity: usize) -> Self {
        let buckets = capacity.div_ceil(WAYS).next_power_of_two();
        Self { buckets: (0..buckets).map(|_| Bucket::default()).collect() }
    }

    /// Counts a request of the key, at a time that never goes back.
    pub fn check(&self, key: u64, now: Duration, quota: &Quota) -> Decision {
        let now = now.as_nanos() as u64;
        // Zero marks an empty cell.
        let key = key.max(1);
        loop {
            let cell = self.cell(key, now);
            let arrival = arrival(cell, now, quota);
            let next = arrival.max(now) + quota.interval;
            let ahead = next - now;
            if ahead > quota.window {
                return Decision::Limited { retry_after: seconds(ahead - quota.window) };
            }
            let counted = cell.arrival.compare_exchange_weak(arrival, next, Ordering::AcqRel, Ordering::Acquire);
            if counted.is_ok() && cell.key.load(Ordering::Acquire) == key {
                let remaining = ((quota.window - ahead) / quota.interval) as u32;
                return Decision::Allowed { remaining, reset: seconds(ahead) };
            }
        }
    }

    /// Seconds until the key may send again, when it may not now. Counts nothing.
    pub fn exhausted(&self, key: u64, now: Duration, quota: &Quota) -> Option<u64> {
        let (key, now) = (key.max(1), now.as_nanos() as u64);
        let cell = self.bucket(key).iter().find(|cell| cell.key.load(Ordering::Acquire) == key)?;
        let ahead = (arrival(cell, now, quota).max(now) + quota.interval) - now;
        (ahead > quota.window).then(|| seconds(ahead - quota.window))
    }

    fn bucket(&self, key: u64) -> &[Cell; WAYS] {
        // The upper bits choose the bucket; all of them are compared.
        &self.buckets[(key >> 32) as usize & (self.buckets.len() - 1)].0
    }

    /// The key's cell, taken from another key if it has none.
    fn cell(&self, key: u64, now: u64) -> &Cell {
        let cells = self.bucket(key);
        loop {
            if let Some(cell) = cells.iter().find(|cell| cell.key.load(Ordering::Acquire) == key) {
                return cell;
            }
            let free = cells.iter().find(|cell| cell.arrival.load(Ordering::Acquire) <= now);
            let soonest = || cells.iter().min_by_key(|cell| cell.arrival.load(Ordering::Acquire));
            let Some(cell) = free.or_else(soonest) else { continue };
            // In this order: a key that has come meanwhile has changed the arrival, too, so that its debt is not taken away.
            let arrival = cell.arrival.load(Ordering::Acquire);
            let previous = cell.key.load(Ordering::Acquire);
            if previous == key {
                return cell;
            }
            // A cell in use is first made to say nothing, so that the new key does not inherit the old one's debt.
            if arrival > now
                && cell.arrival.compare_exchange(arrival, now, Ordering::AcqRel, Ordering::Acquire).is_err()
            {
                continue;
            }
            if cell.key.compare_exchange(previous, key, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                // Another core may have taken another cell for the same key: the first one counts for both.
                return cells.iter().find(|cell| cell.key.load(Ordering::Acquire) == key).unwrap_or(cell);
            }
        }
    }
}

fn seconds(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(1_000_000_000)
}

/// What a key owes: never further ahead than this quota lets anybody get. Another one may have been in force before, and its
/// debt is then brought down for good.
fn arrival(cell: &Cell, now: u64, quota: &Quota) -> u64 {
    let (arrival, most) = (cell.arrival.load(Ordering::Acquire), now + quota.window);
    if arrival <= most {
        return arrival;
    }
    // Whoever comes between has seen the same.
    let _ = cell.arrival.compare_exchange(arrival, most, Ordering::AcqRel, Ordering::Acquire);
    most
}

#[cfg(test)]
#[path = "gcra_tests.rs"]
mod tests;
