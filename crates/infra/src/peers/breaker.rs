//! A circuit breaker per peer: after failures in a row it answers at once, and lets one call through now and then.

use crate::{Clock, Metrics};
use orion_contracts::ServiceName;
use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Failures in a row that open the circuit.
const THRESHOLD: u32 = 5;
/// How long it stays open before a probe.
const OPEN: Duration = Duration::from_secs(1);

enum State {
    Closed { failures: u32 },
    Open { until: Duration },
    HalfOpen,
}

pub(super) struct Breaker {
    state: Mutex<State>,
    clock: Clock,
    gauge: IntGauge,
    failures: IntCounter,
}

/// Leave to call; says how it went.
pub(super) struct Permit<'a> {
    breaker: &'a Breaker,
    recorded: bool,
}

impl Breaker {
    pub(super) fn metrics(metrics: &Metrics) -> (IntGaugeVec, IntCounterVec) {
        let circuits = metrics.circuits();
        (circuits.state, circuits.failures)
    }

    /// Puts a peer's series there, closed and without failures.
    pub(super) fn announce(service: ServiceName, (state, failures): &(IntGaugeVec, IntCounterVec)) {
        state.with_label_values(&[service.as_str()]).set(0);
        failures.with_label_values(&[service.as_str()]);
    }

    pub(super) fn new(service: ServiceName, clock: Clock, metrics: &(IntGaugeVec, IntCounterVec)) -> Self {
        Self {
            state: Mutex::new(State::Closed { failures: 0 }),
            clock,
            gauge: metrics.0.with_label_values(&[service.as_str()]),
            failures: metrics.1.with_label_values(&[service.as_str()]),
        }
    }

    /// Leave to call, unless the circuit is open.
    pub(super) fn admit(&self) -> Option<Permit<'_>> {
        let mut state = self.lock();
        match *state {
            State::Closed { .. } => {}
            State::Open { until } if self.clock.monotonic() >= until => {
                *state = State::HalfOpen;
                self.gauge.set(1);
            }
            State::Open { .. } | State::HalfOpen => return None,
        }
        Some(Permit { breaker: self, recorded: false })
    }

    fn settle(&self, ok: bool) {
        let mut state = self.lock();
        if ok {
            *state = State::Closed { failures: 0 };
            self.gauge.set(0);
            return;
        }
        self.failures.inc();
        let failures = match *state {
            State::Closed { failures } => failures + 1,
            State::HalfOpen | State::Open { .. } => THRESHOLD,
        };
        *state = if failures >= THRESHOLD {
            self.gauge.set(2);
            State::Open { until: self.clock.monotonic() + OPEN }
        } else {
            State::Closed { failures }
        };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    pub(super) fn record(mut self, ok: bool) {
        self.recorded = true;
        self.breaker.settle(ok);
    }
}

impl Drop for Permit<'_> {
    /// A call given up half-way proves nothing, but a half-open circuit must not stay so for ever.
    fn drop(&mut self) {
        if !self.recorded {
            let mut state = self.breaker.lock();
            if matches!(*state, State::HalfOpen) {
                *state = State::Open { until: self.breaker.clock.monotonic() + OPEN };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_open_it_and_a_good_probe_closes_it() {
        let (clock, control) = Clock::adjustable();
        let metrics = Breaker::metrics(&Metrics::new(ServiceName::Auth));
        let breaker = Breaker::new(ServiceName::Users, clock, &metrics);
        for _ in 0..THRESHOLD {
            breaker.admit().expect("closed").record(false);
        }
        assert!(breaker.admit().is_none(), "open");
        control.advance(OPEN);
        let probe = breaker.admit().expect("half-open lets one through");
        assert!(breaker.admit().is_none(), "but only one");
        probe.record(true);
        assert!(breaker.admit().is_some(), "closed again");
    }
}
