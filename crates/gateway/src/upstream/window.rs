//! What happened in the last seconds: a ring of counts, each of a tenth of the time. As Hystrix and Resilience4j do it, in atomics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counts that a window is made of: it forgets a tenth at once.
const BUCKETS: usize = 10;
/// Bits of a count in a bucket: four million. What comes beyond that is not counted, for percentages do not change by it.
const BITS: u32 = 22;
const MOST: u64 = (1 << BITS) - 1;

/// Counts of a tenth of the time. In each word the upper 20 bits say which tenth, so that one that is past counts for nothing and no
/// moment exists in which half of it is reset.
#[derive(Default)]
struct Bucket {
    /// Which tenth, then all, then those that failed.
    ended: AtomicU64,
    /// Which tenth, then nothing, then those that were slow.
    slow: AtomicU64,
}

/// What happened in a time, on cache lines that nothing else is on: every request writes it.
#[repr(align(128))]
pub(super) struct Window {
    buckets: [Bucket; BUCKETS],
    /// A tenth of the time, in milliseconds.
    tenth: u64,
}

/// What a window shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// All.
    pub(super) total: u64,
    /// Those that failed.
    pub(super) failed: u64,
    /// Those that were slow.
    pub(super) slow: u64,
}

impl Counts {
    /// Whether so many percent of all are these.
    pub(super) fn is_share(&self, part: u64, percent: u32) -> bool {
        part * 100 >= self.total * u64::from(percent)
    }
}

impl Window {
    /// A window of the last `time`.
    pub(super) fn new(time: Duration) -> Self {
        Self { buckets: Default::default(), tenth: (time.as_millis() as u64 / BUCKETS as u64).max(1) }
    }

    /// Counts one.
    pub(super) fn count(&self, now: u64, failed: bool, slow: bool) {
        let number = self.number(now);
        let bucket = &self.buckets[(number % BUCKETS as u64) as usize];
        add(&bucket.ended, number, 1 << BITS | u64::from(failed));
        if slow {
            add(&bucket.slow, number, 1);
        }
    }

    /// What there was in the time before now.
    pub(super) fn counts(&self, now: u64) -> Counts {
        let number = self.number(now);
        // The tenth that is going on, the nine before, and the next one, for another core's clock may be a little ahead.
        let is_recent = |word: u64| (number + 1).wrapping_sub(word >> (2 * BITS)) & 0xf_ffff <= BUCKETS as u64;
        let mut counts = Counts::default();
        for bucket in &self.buckets {
            let (ended, slow) = (bucket.ended.load(Ordering::Relaxed), bucket.slow.load(Ordering::Relaxed));
            if is_recent(ended) {
                counts.total += ended >> BITS & MOST;
                counts.failed += ended & MOST;
            }
            if is_recent(slow) {
                counts.slow += slow & MOST;
            }
        }
        counts
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        for bucket in &self.buckets {
            bucket.ended.store(0, Ordering::Relaxed);
            bucket.slow.store(0, Ordering::Relaxed);
        }
    }

    /// The number of the present tenth. Never zero, which is what an empty bucket has.
    fn number(&self, now: u64) -> u64 {
        now / self.tenth + BUCKETS as u64
    }
}

/// The upper bits of a word of this tenth.
fn tag(number: u64) -> u64 {
    number << (2 * BITS)
}

fn add(word: &AtomicU64, number: u64, one: u64) {
    let tag = tag(number);
    let mut before = word.load(Ordering::Relaxed);
    loop {
        if before >> (2 * BITS) == tag >> (2 * BITS) {
            // Far enough from the end that all threads at once do not reach it.
            if (before >> BITS & MOST).max(before & MOST) > MOST - (1 << 16) {
                return;
            }
            // The tenth cannot end and begin anew between these two lines but for a thread that sleeps for the whole time: then
            // one is counted in the wrong tenth.
            word.fetch_add(one, Ordering::Relaxed);
            return;
        }
        match word.compare_exchange_weak(before, tag | one, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return,
            Err(newer) => before = newer,
        }
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
