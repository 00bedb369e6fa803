//! The breaker of an upstream (M. Nygard, "Release It!"; the states and the judging by a window as in Resilience4j).
//!
//! Its state is one word: what it is, until when, and an epoch that rises with each change. A request carries the epoch in which it was
//! admitted, so one that ends after the state has changed says nothing of the new one. Nobody has to wake up for it to change: whoever
//! comes when its time is over changes it.

use super::changes::{BreakerCause, Change, Changes, Held};
use super::config::BreakerConfig;
use super::window::{Counts, Window};
use arc_swap::ArcSwapOption;
use orion_contracts::upstreams::CircuitState;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Milliseconds that are never over: it was set by hand.
const FOREVER: u64 = (1 << 40) - 1;
/// What whoever comes too much while it is half-open is told to wait.
const SOON: Duration = Duration::from_secs(1);

/// How a request passed the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Admitted {
    epoch: u32,
    /// Whether it is one of the few that pass while it is half-open.
    pub(super) is_probe: bool,
}

/// The state, as a word: 2 bits of what it is, 22 of the epoch, 40 of until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    circuit: CircuitState,
    epoch: u32,
    until: u64,
}

const EPOCH: u32 = (1 << 22) - 1;

impl State {
    fn of_bits(bits: u64) -> Self {
        let circuit = match bits >> 62 {
            0 => CircuitState::Closed,
            1 => CircuitState::HalfOpen,
            _ => CircuitState::Open,
        };
        Self { circuit, epoch: (bits >> 40) as u32 & EPOCH, until: bits & FOREVER }
    }

    fn bits(self) -> u64 {
        (self.circuit as u64) << 62 | u64::from(self.epoch) << 40 | self.until.min(FOREVER)
    }

    fn is_held(self) -> bool {
        self.until == FOREVER
    }
}

/// The requests that pass while it is half-open, as a word: 22 bits of the epoch, 21 of how many have been let pass, 21 of how many of them
/// were good.
#[derive(Debug, Clone, Copy)]
struct Probes {
    epoch: u32,
    passed: u32,
    good: u32,
}

impl Probes {
    const COUNT: u64 = (1 << 21) - 1;

    fn of_bits(bits: u64) -> Self {
        let (passed, good) = ((bits >> 21 & Self::COUNT) as u32, (bits & Self::COUNT) as u32);
        Self { epoch: (bits >> 42) as u32, passed, good }
    }

    fn bits(self) -> u64 {
        u64::from(self.epoch) << 42 | u64::from(self.passed) << 21 | u64::from(self.good)
    }
}

/// Whether a request may go to an upstream at all.
pub struct Breaker {
    upstream: Arc<str>,
    config: BreakerConfig,
    changes: Changes,
    state: AtomicU64,
    probes: AtomicU64,
    failed_in_a_row: AtomicU32,
    window: Window,
    held: ArcSwapOption<Held>,
    /// One hand at a time.
    hand: Mutex<()>,
}

impl Breaker {
    pub(super) fn new(upstream: Arc<str>, config: BreakerConfig, changes: Changes) -> Self {
        let state = State { circuit: CircuitState::Closed, epoch: 1, until: 0 };
        Self {
            window: Window::new(Duration::from_millis(config.window_ms)),
            upstream,
            config,
            changes,
            state: AtomicU64::new(state.bits()),
            probes: AtomicU64::new(0),
            failed_in_a_row: AtomicU32::new(0),
            held: ArcSwapOption::empty(),
            hand: Mutex::new(()),
        }
    }

    /// Stays as the one before it was set by hand: a new definition does not undo what somebody has decided.
    pub(super) fn take_over(&self, previous: Option<&Self>) {
        if let Some((previous, held)) = previous.and_then(|previous| Some((previous, previous.held()?))) {
            self.held.store(Some(held));
            self.state.store(State { epoch: 1, ..previous.state() }.bits(), Ordering::Release);
        }
    }

    /// How it behaves.
    pub(super) fn config(&self) -> &BreakerConfig {
        &self.config
    }

    /// What it is now.
    pub fn circuit(&self) -> CircuitState {
        self.state().circuit
    }

    /// Who holds it as it is, if somebody does.
    pub fn held(&self) -> Option<Arc<Held>> {
        self.held.load_full()
    }

    /// How long it is like this, if it changes by time: what is left until it is half-open, or until it must have decided.
    pub(super) fn left(&self, now: u64) -> Option<Duration> {
        let state = self.state();
        let is_timed = state.circuit != CircuitState::Closed && !state.is_held();
        is_timed.then(|| Duration::from_millis(state.until.saturating_sub(now)))
    }

    /// What it judges by.
    pub(super) fn counts(&self, now: u64) -> Counts {
        self.window.counts(now)
    }

    /// Requests that have passed since it is half-open, and those of them that were good.
    pub(super) fn probes(&self) -> (u32, u32) {
        let probes = Probes::of_bits(self.probes.load(Ordering::Relaxed));
        let state = self.state();
        let are_these = state.circuit == CircuitState::HalfOpen && probes.epoch == state.epoch;
        if are_these { (probes.passed, probes.good) } else { (0, 0) }
    }

    fn state(&self) -> State {
        State::of_bits(self.state.load(Ordering::Acquire))
    }

    /// How long a request is surely refused, if it is: it is open, and its time is not over.
    pub(super) fn refuses(&self, now: u64) -> Option<Duration> {
        let state = self.state();
        let is_open = state.circuit == CircuitState::Open && state.until > now;
        let left = if state.is_held() { self.config.open_ms } else { state.until.saturating_sub(now) };
        is_open.then(|| Duration::from_millis(left))
    }

    /// Lets a request pass; or says after which time it may come back.
    pub(super) fn admit(&self, now: u64) -> Result<Admitted, Duration> {
        loop {
            if let Some(left) = self.refuses(now) {
                return Err(left);
            }
            let state = self.state();
            match state.circuit {
                CircuitState::Closed => return Ok(Admitted { epoch: state.epoch, is_probe: false }),
                // Somebody has opened it again.
                CircuitState::Open if state.until > now => {}
                CircuitState::Open => {
                    self.change(state, CircuitState::HalfOpen, now + self.config.half_open_ms, BreakerCause::Rested);
                }
                CircuitState::HalfOpen if state.until <= now => {
                    self.decide_late(state, now);
                }
                CircuitState::HalfOpen => match self.take_place(state.epoch) {
                    Some(true) => return Ok(Admitted { epoch: state.epoch, is_probe: true }),
                    Some(false) => return Err(SOON),
                    None => {}
                },
            }
        }
    }

    /// Takes one of the places of an epoch: whether there was one, if the epoch is still the present one.
    fn take_place(&self, epoch: u32) -> Option<bool> {
        let mut bits = self.probes.load(Ordering::Acquire);
        loop {
            let mut probes = Probes::of_bits(bits);
            if probes.epoch != epoch {
                // The first of a new epoch begins its counts, but never who comes late from an older one.
                if epoch.wrapping_sub(probes.epoch) & EPOCH > EPOCH / 2 {
                    return None;
                }
                probes = Probes { epoch, passed: 0, good: 0 };
            }
            if probes.passed >= self.config.half_open_requests {
                return Some(false);
            }
            probes.passed += 1;
            match self.probes.compare_exchange_weak(bits, probes.bits(), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(true),
                Err(newer) => bits = newer,
            }
        }
    }

    /// Gives the place of a probe back that was never answered: another may take it.
    pub(super) fn give_back(&self, admitted: Admitted) {
        if admitted.is_probe {
            let _ = self.probes.fetch_update(Ordering::AcqRel, Ordering::Acquire, |bits| {
                let probes = Probes::of_bits(bits);
                let is_mine = probes.epoch == admitted.epoch && probes.passed > 0;
                is_mine.then(|| Probes { passed: probes.passed - 1, ..probes }.bits())
            });
        }
    }

    /// The time to decide is over: who hangs has failed.
    fn decide_late(&self, state: State, now: u64) -> bool {
        match self.probes() {
            (passed, good) if passed > good => {
                self.change(state, CircuitState::Open, now + self.config.open_ms, BreakerCause::ProbesLate)
            }
            // Nobody came who stayed.
            (_, 0) => self.change(state, CircuitState::HalfOpen, now + self.config.half_open_ms, BreakerCause::Rested),
            _ => self.change(state, CircuitState::Closed, 0, BreakerCause::ProbesGood),
        }
    }

    /// Counts a request that was answered well within `latency`.
    pub(super) fn good(&self, admitted: Admitted, latency: Duration, now: u64) {
        let is_slow = self.config.slow_ms > 0 && latency >= Duration::from_millis(self.config.slow_ms);
        if is_slow && admitted.is_probe {
            return self.fail_probe(admitted, now);
        }
        if admitted.is_probe {
            return self.pass_probe(admitted);
        }
        if !self.counts_for(admitted) {
            return;
        }
        self.window.count(now, false, is_slow);
        // Most of the time there is nothing to write.
        if self.failed_in_a_row.load(Ordering::Relaxed) != 0 {
            self.failed_in_a_row.store(0, Ordering::Relaxed);
        }
        if is_slow {
            self.judge(admitted, now);
        }
    }

    /// Counts a request that failed.
    pub(super) fn failed(&self, admitted: Admitted, now: u64) {
        if admitted.is_probe {
            return self.fail_probe(admitted, now);
        }
        if self.counts_for(admitted) {
            self.window.count(now, true, false);
            self.failed_in_a_row.fetch_add(1, Ordering::Relaxed);
            self.judge(admitted, now);
        }
    }

    /// Whether what becomes of this request says something of the present state.
    fn counts_for(&self, admitted: Admitted) -> bool {
        let state = self.state();
        self.config.enabled && state.circuit == CircuitState::Closed && state.epoch == admitted.epoch
    }

    /// Opens if there is a reason.
    fn judge(&self, admitted: Admitted, now: u64) {
        let (state, config) = (self.state(), &self.config);
        if state.epoch != admitted.epoch || state.is_held() {
            return;
        }
        let in_a_row = self.failed_in_a_row.load(Ordering::Relaxed);
        let counts @ Counts { total, failed, slow } = self.window.counts(now);
        let cause = if config.consecutive_failures > 0 && in_a_row >= config.consecutive_failures {
            BreakerCause::InARow(in_a_row)
        } else if total < u64::from(config.minimum_requests) {
            return;
        } else if config.failure_percent > 0 && counts.is_share(failed, config.failure_percent) {
            BreakerCause::Failures { failed, total }
        } else if config.slow_ms > 0 && counts.is_share(slow, config.slow_percent) {
            BreakerCause::Slow { slow, total }
        } else {
            return;
        };
        self.change(state, CircuitState::Open, now + config.open_ms, cause);
    }

    fn pass_probe(&self, admitted: Admitted) {
        let good = self.probes.fetch_update(Ordering::AcqRel, Ordering::Acquire, |bits| {
            let probes = Probes::of_bits(bits);
            (probes.epoch == admitted.epoch).then(|| Probes { good: probes.good + 1, ..probes }.bits())
        });
        let is_last = good.is_ok_and(|before| Probes::of_bits(before).good + 1 >= self.config.half_open_requests);
        let state = self.state();
        if is_last && state.epoch == admitted.epoch {
            self.change(state, CircuitState::Closed, 0, BreakerCause::ProbesGood);
        }
    }

    fn fail_probe(&self, admitted: Admitted, now: u64) {
        let state = self.state();
        if state.epoch == admitted.epoch {
            self.change(state, CircuitState::Open, now + self.config.open_ms, BreakerCause::ProbeFailed);
        }
    }

    /// Changes from a state that was seen, unless somebody else was faster.
    fn change(&self, from: State, to: CircuitState, until: u64, cause: BreakerCause) -> bool {
        if to == CircuitState::Closed {
            // Before it is closed: while it is not, nobody counts.
            self.window.clear();
            self.failed_in_a_row.store(0, Ordering::Relaxed);
        }
        let next = State { circuit: to, epoch: (from.epoch + 1) & EPOCH, until };
        let changed = self.state.compare_exchange(from.bits(), next.bits(), Ordering::AcqRel, Ordering::Acquire);
        let is_news = from.circuit != to || matches!(cause, BreakerCause::ByHand(_));
        if changed.is_ok() && is_news {
            let (upstream, from) = (self.upstream.clone(), from.circuit);
            self.changes.tell(Change::Breaker { upstream, from, to, cause, number: next.epoch });
        }
        changed.is_ok()
    }

    /// Opens it until somebody closes or resets it: all requests are refused.
    pub fn open(&self, held: Held) {
        self.set(CircuitState::Open, FOREVER, Some(held.clone()), held);
    }

    /// Closes it until somebody opens or resets it: all requests pass, whatever becomes of them.
    pub fn close(&self, held: Held) {
        self.set(CircuitState::Closed, FOREVER, Some(held.clone()), held);
    }

    /// Closes it and forgets what was, and lets it judge by itself again.
    pub fn reset(&self, by: Held) {
        self.set(CircuitState::Closed, 0, None, by);
    }

    fn set(&self, to: CircuitState, until: u64, held: Option<Held>, by: Held) {
        let _hand = self.hand.lock().unwrap_or_else(PoisonError::into_inner);
        self.held.store(held.map(Arc::new));
        while !self.change(self.state(), to, until, BreakerCause::ByHand(by.clone())) {}
    }
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
