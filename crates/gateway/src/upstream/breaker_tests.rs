use super::{Admitted, Breaker};
use crate::upstream::changes::{BreakerCause, Change, Changes, Held};
use crate::upstream::config::BreakerConfig;
use orion_contracts::upstreams::CircuitState::{self, Closed, HalfOpen, Open};
use proptest::prelude::*;
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

const FAST: Duration = Duration::from_millis(1);
const SLOW: Duration = Duration::from_millis(500);

/// Half of ten or more in a second; three in a row never. Open for five seconds, half-open for two, with three probes.
fn config() -> BreakerConfig {
    BreakerConfig {
        minimum_requests: 10,
        window_ms: 1_000,
        failure_percent: 50,
        open_ms: 5_000,
        half_open_requests: 3,
        half_open_ms: 2_000,
        ..BreakerConfig::default()
    }
}

fn breaker(config: BreakerConfig) -> (Breaker, tokio::sync::broadcast::Receiver<Change>) {
    let changes = Changes::default();
    let told = changes.subscribe();
    (Breaker::new("shop".into(), config, changes), told)
}

fn held(reason: &str) -> Held {
    Held { by: "ada".to_owned(), reason: reason.to_owned() }
}

fn admit(breaker: &Breaker, now: u64) -> Admitted {
    breaker.admit(now).expect("it passes")
}

fn fail(breaker: &Breaker, times: usize, now: u64) {
    (0..times).for_each(|_| breaker.failed(admit(breaker, now), now));
}

/// An open breaker, whose time is over at 5,000.
fn opened() -> Breaker {
    let (breaker, _) = breaker(config());
    fail(&breaker, 10, 0);
    assert_eq!(breaker.circuit(), Open);
    breaker
}

#[test]
fn it_opens_when_enough_have_failed_and_says_why() {
    let (breaker, mut told) = breaker(config());
    (0..5).for_each(|_| breaker.good(admit(&breaker, 0), FAST, 0));
    fail(&breaker, 4, 0);
    assert_eq!(breaker.circuit(), Closed, "nine are too few");
    fail(&breaker, 1, 0);
    assert_eq!(breaker.admit(1_000), Err(Duration::from_millis(4_000)));
    let change = told.try_recv().expect("it was told");
    let cause = BreakerCause::Failures { failed: 5, total: 10 };
    assert_eq!(change, Change::Breaker { upstream: "shop".into(), from: Closed, to: Open, cause, number: 2 });
}

#[test]
fn failures_of_long_ago_do_not_count() {
    let (breaker, _) = breaker(config());
    fail(&breaker, 9, 0);
    fail(&breaker, 9, 1_100);
    assert_eq!(breaker.circuit(), Closed);
}

#[test]
fn failures_in_a_row_open_it_however_few_there_are() {
    let (breaker, _) = breaker(BreakerConfig { consecutive_failures: 3, ..config() });
    fail(&breaker, 2, 0);
    breaker.good(admit(&breaker, 0), FAST, 0);
    fail(&breaker, 2, 0);
    assert_eq!(breaker.circuit(), Closed);
    fail(&breaker, 1, 0);
    assert_eq!(breaker.circuit(), Open);
}

#[test]
fn slow_answers_open_it() {
    let (breaker, mut told) = breaker(BreakerConfig { slow_ms: 100, slow_percent: 60, ..config() });
    (0..4).for_each(|_| breaker.good(admit(&breaker, 0), FAST, 0));
    (0..6).for_each(|_| breaker.good(admit(&breaker, 0), SLOW, 0));
    assert_eq!(breaker.circuit(), Open);
    let Ok(Change::Breaker { cause, .. }) = told.try_recv() else { panic!("nothing was told") };
    assert_eq!(cause, BreakerCause::Slow { slow: 6, total: 10 });
}

#[test]
fn good_probes_close_it_and_it_begins_anew() {
    let breaker = opened();
    let probes: Vec<_> = (0..3).map(|_| admit(&breaker, 5_000)).collect();
    assert_eq!((breaker.circuit(), breaker.admit(5_000)), (HalfOpen, Err(Duration::from_secs(1))));
    breaker.good(probes[0], FAST, 5_100);
    breaker.good(probes[1], FAST, 5_100);
    assert_eq!((breaker.circuit(), breaker.probes()), (HalfOpen, (3, 2)));
    breaker.good(probes[2], FAST, 5_100);
    assert_eq!((breaker.circuit(), breaker.counts(5_100).total), (Closed, 0));
}

#[test]
fn a_probe_that_fails_opens_it_again() {
    let breaker = opened();
    let (first, second) = (admit(&breaker, 5_000), admit(&breaker, 5_000));
    breaker.failed(first, 5_100);
    assert_eq!(breaker.admit(5_100), Err(Duration::from_secs(5)));
    // What ends of the same time says nothing of the next one.
    breaker.good(second, FAST, 5_200);
    let third = admit(&breaker, 10_100);
    breaker.failed(second, 10_100);
    breaker.give_back(second);
    assert_eq!((breaker.circuit(), breaker.probes()), (HalfOpen, (1, 0)));
    breaker.good(third, FAST, 10_100);
}

#[test]
fn a_slow_probe_is_no_good_one() {
    let (breaker, _) = breaker(BreakerConfig { slow_ms: 100, ..config() });
    fail(&breaker, 10, 0);
    breaker.good(admit(&breaker, 5_000), SLOW, 5_500);
    assert_eq!(breaker.circuit(), Open);
}

#[test]
fn a_cancelled_probe_gives_its_place_to_another() {
    let breaker = opened();
    let probes: Vec<_> = (0..3).map(|_| admit(&breaker, 5_000)).collect();
    assert!(breaker.admit(5_000).is_err());
    breaker.give_back(probes[0]);
    assert!(admit(&breaker, 5_000).is_probe);
    assert!(breaker.admit(5_000).is_err());
}

#[test]
fn probes_that_hang_open_it_again_when_the_time_is_over() {
    let (breaker, mut told) = breaker(config());
    fail(&breaker, 10, 0);
    breaker.good(admit(&breaker, 5_000), FAST, 5_000);
    let _hangs = admit(&breaker, 5_000);
    assert!(breaker.admit(6_999).is_ok());
    assert_eq!(breaker.admit(7_000), Err(Duration::from_secs(5)));
    let causes: Vec<_> = std::iter::from_fn(|| told.try_recv().ok()).collect();
    let [_, Change::Breaker { cause: BreakerCause::Rested, .. }, Change::Breaker { cause, to: Open, .. }] = &causes[..]
    else {
        panic!("{causes:?}");
    };
    assert_eq!(*cause, BreakerCause::ProbesLate);
}

#[test]
fn few_probes_that_were_all_good_close_it_when_the_time_is_over() {
    let breaker = opened();
    breaker.good(admit(&breaker, 5_000), FAST, 5_000);
    assert!(!admit(&breaker, 7_000).is_probe);
    assert_eq!(breaker.circuit(), Closed);
}

#[test]
fn when_nobody_stayed_it_waits_for_others() {
    let breaker = opened();
    let gone = admit(&breaker, 5_000);
    breaker.give_back(gone);
    assert!(admit(&breaker, 7_000).is_probe);
    assert_eq!(breaker.circuit(), HalfOpen);
}

#[test]
fn a_hand_opens_closes_and_resets_it() {
    let (breaker, mut told) = breaker(config());
    breaker.open(held("the database moves"));
    assert!(breaker.admit(1 << 39).is_err(), "no time closes it");
    assert_eq!(breaker.held().as_deref(), Some(&held("the database moves")));
    breaker.close(held("it must go on"));
    fail(&breaker, 100, 0);
    assert_eq!((breaker.circuit(), breaker.left(0)), (Closed, None), "no failure opens it");
    breaker.reset(held("all is well"));
    assert_eq!((breaker.held(), breaker.counts(0).total), (None, 0));
    fail(&breaker, 10, 0);
    assert_eq!(breaker.circuit(), Open);
    breaker.reset(held("mended"));
    assert!(!admit(&breaker, 1).is_probe);
    let reasons: Vec<_> = std::iter::from_fn(|| told.try_recv().ok())
        .filter_map(|change| match change {
            Change::Breaker { cause: BreakerCause::ByHand(held), number, .. } => Some((held.reason, number)),
            _ => None,
        })
        .collect();
    let told = ["the database moves", "it must go on", "all is well", "mended"].map(str::to_owned);
    assert_eq!(reasons, told.into_iter().zip([2, 3, 4, 6]).collect::<Vec<_>>());
}

#[test]
fn one_that_is_off_opens_by_hand_alone() {
    let (breaker, _) = breaker(BreakerConfig { enabled: false, ..config() });
    fail(&breaker, 100, 0);
    assert_eq!(breaker.circuit(), Closed);
    breaker.open(held("enough"));
    assert_eq!(breaker.circuit(), Open);
}

/// The same rules, told one after the other.
struct Model {
    config: BreakerConfig,
    circuit: CircuitState,
    is_held: bool,
    epoch: u64,
    until: u64,
    passed: u32,
    good: u32,
    ended: Vec<(u64, bool, bool)>,
    in_a_row: u32,
}

#[derive(Debug, Clone, Copy)]
struct Pass {
    epoch: u64,
    is_probe: bool,
}

impl Model {
    fn new(config: BreakerConfig) -> Self {
        let (circuit, ended) = (Closed, Vec::new());
        Self { config, circuit, is_held: false, epoch: 0, until: 0, passed: 0, good: 0, ended, in_a_row: 0 }
    }

    fn become_(&mut self, circuit: CircuitState, until: u64, is_held: bool) {
        (self.circuit, self.until, self.is_held) = (circuit, until, is_held);
        (self.epoch, self.passed, self.good) = (self.epoch + 1, 0, 0);
        if circuit == Closed {
            self.ended.clear();
            self.in_a_row = 0;
        }
    }

    fn admit(&mut self, now: u64) -> Option<Pass> {
        if self.circuit == HalfOpen && self.until <= now {
            match (self.passed, self.good) {
                (passed, good) if passed > good => self.become_(Open, now + self.config.open_ms, false),
                (0, _) => self.become_(HalfOpen, now + self.config.half_open_ms, false),
                _ => self.become_(Closed, 0, false),
            }
        }
        if self.circuit == Open && !self.is_held && self.until <= now {
            self.become_(HalfOpen, now + self.config.half_open_ms, false);
        }
        match self.circuit {
            Open => None,
            Closed => Some(Pass { epoch: self.epoch, is_probe: false }),
            HalfOpen if self.passed >= self.config.half_open_requests => None,
            HalfOpen => {
                self.passed += 1;
                Some(Pass { epoch: self.epoch, is_probe: true })
            }
        }
    }

    fn end(&mut self, pass: Pass, failed: bool, latency: Duration, now: u64) {
        if pass.epoch != self.epoch {
            return;
        }
        let slow = !failed && latency.as_millis() >= u128::from(self.config.slow_ms);
        if pass.is_probe {
            if failed || slow {
                return self.become_(Open, now + self.config.open_ms, false);
            }
            self.good += 1;
            if self.good == self.config.half_open_requests {
                self.become_(Closed, 0, false);
            }
            return;
        }
        let tenth = self.config.window_ms / 10;
        self.ended.push((now / tenth, failed, slow));
        self.ended.retain(|(ended, ..)| ended + 10 > now / tenth);
        self.in_a_row = if failed { self.in_a_row + 1 } else { 0 };
        let total = self.ended.len() as u64;
        let of = |is: fn(&&(u64, bool, bool)) -> bool| self.ended.iter().filter(is).count() as u64 * 100;
        let opens = self.in_a_row >= self.config.consecutive_failures
            || total >= u64::from(self.config.minimum_requests)
                && (of(|one| one.1) >= total * u64::from(self.config.failure_percent)
                    || of(|one| one.2) >= total * u64::from(self.config.slow_percent));
        // It is judged when something happens that is not good.
        if opens && (failed || slow) && !self.is_held {
            self.become_(Open, now + self.config.open_ms, false);
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Admit,
    End { which: prop::sample::Index, failed: bool, slow: bool },
    GoAway(prop::sample::Index),
    Wait(u64),
    Open,
    Close,
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    let which = any::<prop::sample::Index>;
    prop_oneof![
        12 => Just(Step::Admit),
        10 => (which(), prop::bool::weighted(0.6), prop::bool::weighted(0.3))
            .prop_map(|(which, failed, slow)| Step::End { which, failed, slow }),
        2 => which().prop_map(Step::GoAway),
        6 => prop_oneof![0_u64..200, 1_000_u64..6_000].prop_map(Step::Wait),
        1 => prop_oneof![Just(Step::Open), Just(Step::Close), Just(Step::Reset), Just(Step::Reset)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn it_is_what_a_simple_model_is(steps in proptest::collection::vec(step(), 1..250), consecutive in 3_u32..8) {
        let config = BreakerConfig {
            minimum_requests: 6, consecutive_failures: consecutive, slow_ms: 100, slow_percent: 60, ..config()
        };
        let ((breaker, _), mut model) = (breaker(config.clone()), Model::new(config));
        let (mut now, mut under_way) = (0, Vec::new());
        for step in steps {
            match step {
                Step::Admit => match (breaker.admit(now), model.admit(now)) {
                    (Ok(admitted), Some(pass)) => {
                        prop_assert_eq!(admitted.is_probe, pass.is_probe);
                        under_way.push((admitted, pass));
                    }
                    (Err(_), None) => {}
                    (admitted, pass) => prop_assert!(false, "{:?} and not {:?} at {}", admitted, pass, now),
                },
                Step::End { which, failed, slow } if !under_way.is_empty() => {
                    let (admitted, pass) = under_way.swap_remove(which.index(under_way.len()));
                    let latency = if slow { SLOW } else { FAST };
                    if failed { breaker.failed(admitted, now) } else { breaker.good(admitted, latency, now) }
                    model.end(pass, failed, latency, now);
                }
                Step::GoAway(which) if !under_way.is_empty() => {
                    let (admitted, pass) = under_way.swap_remove(which.index(under_way.len()));
                    breaker.give_back(admitted);
                    model.passed -= u32::from(pass.is_probe && pass.epoch == model.epoch);
                }
                Step::End { .. } | Step::GoAway(_) => {}
                Step::Wait(time) => now += time,
                Step::Open => { breaker.open(held("")); model.become_(Open, 0, true); }
                Step::Close => { breaker.close(held("")); model.become_(Closed, 0, true); }
                Step::Reset => { breaker.reset(held("")); model.become_(Closed, 0, false); }
            }
            prop_assert_eq!(breaker.circuit(), model.circuit, "at {}", now);
            prop_assert_eq!(breaker.probes(), (model.passed, model.good));
        }
    }
}

#[test]
fn cores_at_once_let_no_more_pass_than_there_are_places() {
    const THREADS: usize = 4;
    for round in 0..200 {
        let breaker = opened();
        let (barrier, out, most, passed) =
            (Barrier::new(THREADS), AtomicI64::new(0), AtomicI64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (breaker, barrier, out, most, passed) = (&breaker, &barrier, &out, &most, &passed);
                scope.spawn(move || {
                    barrier.wait();
                    for turn in 0..50 {
                        let Ok(admitted) = breaker.admit(5_000) else { continue };
                        passed.fetch_add(1, Ordering::Relaxed);
                        if !admitted.is_probe {
                            // Three were good: it is closed, and all pass.
                            continue;
                        }
                        most.fetch_max(out.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::hint::spin_loop();
                        // Some are good, some go away.
                        out.fetch_sub(1, Ordering::SeqCst);
                        if (turn + thread + round) % 5 == 0 {
                            breaker.good(admitted, FAST, 5_000);
                        } else {
                            breaker.give_back(admitted);
                        }
                    }
                });
            }
        });
        assert!(most.into_inner() <= 3);
        assert!(passed.into_inner() > 0);
    }
}

#[test]
fn cores_at_once_open_and_close_it_once_each() {
    for _ in 0..100 {
        let (breaker, mut told) = breaker(config());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        if let Ok(admitted) = breaker.admit(0) {
                            breaker.failed(admitted, 0);
                        }
                    }
                });
            }
        });
        assert_eq!(breaker.circuit(), Open);
        let changes = std::iter::from_fn(|| told.try_recv().ok()).count();
        assert_eq!(changes, 1);
    }
}
