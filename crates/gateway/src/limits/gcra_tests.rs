use super::{Decision, Limiter, Quota};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The same rule in a map: a bucket that leaks one request per interval.
#[derive(Default)]
struct Oracle(HashMap<u64, f64>);

impl Oracle {
    fn allows(&mut self, key: u64, now: f64, limit: u32, period: f64) -> bool {
        let interval = period / f64::from(limit);
        let arrival = self.0.entry(key).or_default();
        let next = arrival.max(now) + interval;
        let allowed = next - now <= period + 1e-9;
        if allowed {
            *arrival = next;
        }
        allowed
    }
}

proptest! {
    #[test]
    fn decisions_are_those_of_a_leaking_bucket(
        limit in 1_u32..6,
        requests in proptest::collection::vec((1_u64..5, 0_u64..400), 1..200),
    ) {
        let limiter = Limiter::new(1024);
        // 60 seconds divide by every limit above, so both sides count in whole nanoseconds.
        let quota = Quota::new(limit, Duration::from_secs(60));
        let mut oracle = Oracle::default();
        let mut now = 0;
        for (key, pause) in requests {
            now += pause * 100;
            let key = key << 32 | key;
            let decision = limiter.check(key, Duration::from_millis(now), &quota);
            let allowed = oracle.allows(key, now as f64 / 1000.0, limit, 60.0);
            prop_assert_eq!(matches!(decision, Decision::Allowed { .. }), allowed, "{:?}", decision);
        }
    }
}

#[test]
fn a_decision_says_what_is_left_and_when_to_come_back() {
    let limiter = Limiter::new(16);
    let quota = Quota::new(2, Duration::from_secs(10));
    let check = |second| limiter.check(7, Duration::from_secs(second), &quota);
    assert_eq!(check(100), Decision::Allowed { remaining: 1, reset: 5 });
    assert_eq!(check(100), Decision::Allowed { remaining: 0, reset: 10 });
    assert_eq!(check(100), Decision::Limited { retry_after: 5 });
    assert_eq!(check(104), Decision::Limited { retry_after: 1 });
    assert_eq!(check(105), Decision::Allowed { remaining: 0, reset: 10 });
    assert_eq!(check(200), Decision::Allowed { remaining: 1, reset: 5 });
}

#[test]
fn no_more_than_the_quota_passes_on_many_threads_at_once() {
    for round in 0..200_u64 {
        let limiter = Limiter::new(64);
        let quota = Quota::new(10, Duration::from_secs(1000));
        let allowed = AtomicU32::new(0);
        let start = Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..20 {
                        let decision = limiter.check(round + 1, Duration::from_secs(5), &quota);
                        allowed.fetch_add(u32::from(matches!(decision, Decision::Allowed { .. })), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(allowed.into_inner(), 10, "round {round}");
    }
}

#[test]
fn a_full_bucket_gives_up_the_key_that_is_free_soonest() {
    let limiter = Limiter::new(4);
    let quota = Quota::new(2, Duration::from_secs(100));
    let now = Duration::from_secs(1);
    let allowed = |key| matches!(limiter.check(key, now, &quota), Decision::Allowed { .. });
    // Keys 1 to 3 use up their quota, key 4 half of it.
    for key in [1, 1, 2, 2, 3, 3, 4] {
        assert!(allowed(key));
    }
    // Key 5 takes key 4's place and has a whole quota of its own; the others stay limited.
    assert!(allowed(5) && allowed(5) && !allowed(5));
    assert!(!allowed(1) && !allowed(2) && !allowed(3));
}

#[test]
fn who_was_held_to_another_quota_owes_no_more_than_this_one_can_take() {
    let limiter = Limiter::new(64);
    let strict = Quota::new(1, Duration::from_secs(31_536_000));
    let now = Duration::from_secs(1);
    assert!(matches!(limiter.check(7, now, &strict), Decision::Allowed { .. }));
    assert!(matches!(limiter.check(7, now, &strict), Decision::Limited { .. }));
    let usual = Quota::new(1000, Duration::from_secs(10));
    match limiter.check(7, now, &usual) {
        Decision::Limited { retry_after } => assert!(retry_after <= 1, "{retry_after}"),
        Decision::Allowed { .. } => {}
    }
    assert!(limiter.exhausted(7, now, &usual).is_none_or(|seconds| seconds <= 1));
    assert!(matches!(limiter.check(7, now + Duration::from_secs(10), &usual), Decision::Allowed { .. }));
}
