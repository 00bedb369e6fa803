//! How long an endpoint takes, as peak EWMA: an average that a slower answer raises at once, and faster ones lower slowly.
//!
//! After Finagle's `PeakEwma` (twitter/finagle, `com.twitter.finagle.loadbalancer.p2c`) and Linkerd's in tower's `balance::p2c`, which
//! keep it under a lock. Here it is one atomic: a core that comes second counts on what the first has made of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// In which time what was seen before loses all but 1/e of its weight.
const DECAY: Duration = Duration::from_secs(10);
/// Bits by which nanoseconds are cut: ticks of 65 µs, of which 32 bits last for 78 hours.
const TICK: u32 = 16;
/// Ticks in [`DECAY`].
const DECAY_TICKS: f32 = (DECAY.as_nanos() >> TICK) as f32;
/// What an endpoint costs of which nothing is known while something is under way there: more than any other, so that its first
/// answer is waited for before it gets more. Nanoseconds; about 40 hours.
const UNKNOWN: f32 = (1_u64 << 47) as f32;
/// A failure counts as an answer that took twice the average, this at least and at most: whoever refuses at once must not look like the
/// fastest, and one failure among many must not look like the end. Nanoseconds.
const FAILURE: (f32, f32) = (1e7, 5e9);

/// The average, in nanoseconds as `f32` in the upper half, and the tick of which it is in the lower.
#[derive(Default)]
pub(super) struct PeakEwma(AtomicU64);

#[derive(Clone, Copy)]
struct Average {
    nanos: f32,
    tick: u32,
}

impl Average {
    fn of_bits(bits: u64) -> Self {
        Self { nanos: f32::from_bits((bits >> 32) as u32), tick: bits as u32 }
    }

    fn bits(self) -> u64 {
        u64::from(self.nanos.to_bits()) << 32 | u64::from(self.tick)
    }

    /// What is left of the average's weight by now. Another core's clock may be a little ahead.
    fn weight(self, tick: u32) -> f32 {
        match tick.wrapping_sub(self.tick).cast_signed() {
            ..=0 => 1.0,
            ticks => (-(ticks as f32) / DECAY_TICKS).exp(),
        }
    }
}

impl PeakEwma {
    /// Counts an answer that took so long.
    pub(super) fn answered(&self, latency: Duration, now: Duration) {
        self.observe(now, |_| latency.as_nanos() as f32);
    }

    /// Counts a failure after so long.
    pub(super) fn failed(&self, latency: Duration, now: Duration) {
        self.observe(now, |average| (2.0 * average).clamp(FAILURE.0, FAILURE.1).max(latency.as_nanos() as f32));
    }

    fn observe(&self, now: Duration, latency: impl Fn(f32) -> f32) {
        let tick = tick(now);
        let mut bits = self.0.load(Ordering::Relaxed);
        loop {
            let before = Average::of_bits(bits);
            let latency = latency(before.nanos).max(1.0);
            let weight = before.weight(tick);
            let nanos = if latency > before.nanos { latency } else { before.nanos * weight + latency * (1.0 - weight) };
            // Whoever is behind must not set the clock back.
            let tick = if weight < 1.0 || before.nanos == 0.0 { tick } else { before.tick };
            let after = Average { nanos, tick }.bits();
            if after == bits {
                return;
            }
            match self.0.compare_exchange_weak(bits, after, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(newer) => bits = newer,
            }
        }
    }

    /// The average by now; none of an endpoint that has not answered yet. It falls while nobody asks, so that an endpoint that was slow is
    /// tried again.
    pub(super) fn nanos(&self, now: Duration) -> Option<f32> {
        let average = Average::of_bits(self.0.load(Ordering::Relaxed));
        (average.nanos > 0.0).then(|| (average.nanos * average.weight(tick(now))).max(1.0))
    }

    /// What one more request would cost beside those under way.
    pub(super) fn cost(&self, under_way: u32, now: Duration) -> f32 {
        match (self.nanos(now), under_way) {
            (Some(nanos), _) => nanos * (under_way as f32 + 1.0),
            (None, 0) => 0.0,
            (None, _) => UNKNOWN * (under_way as f32 + 1.0),
        }
    }
}

fn tick(now: Duration) -> u32 {
    (now.as_nanos() >> TICK) as u32
}

#[cfg(test)]
#[path = "latency_tests.rs"]
mod tests;
