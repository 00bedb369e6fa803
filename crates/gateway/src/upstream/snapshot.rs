//! What operators are shown of an upstream.

use super::cluster::Cluster;
use super::endpoint::{Endpoint, Probed};
use super::millis;
use orion_contracts::upstreams::{BreakerInfo, EndpointHealth, EndpointInfo, HeldInfo, UpstreamInfo};
use std::sync::atomic::Ordering;
use std::time::Duration;

impl Cluster {
    /// All of its state at this moment, as this process knows it.
    pub fn snapshot(&self, now: Duration) -> UpstreamInfo {
        let (in_flight, queued) = self.bulkhead().load();
        let (recent_requests, recent_retries) = self.retry_budget().counts(millis(now));
        let members = self.members();
        let endpoints = members.list.iter().map(|member| endpoint(&member.endpoint, member.weight, now)).collect();
        let well = members.list.iter().filter(|member| member.endpoint.is_well(now)).count();
        UpstreamInfo {
            name: self.name().to_string(),
            balance: self.config().balance.name().to_owned(),
            is_panicking: well * 100 < members.list.len() * self.config().panic_percent as usize,
            endpoints,
            breaker: self.breaker_info(now),
            in_flight,
            queued,
            recent_requests,
            recent_retries,
        }
    }

    /// The state of its breaker at this moment.
    pub fn breaker_info(&self, now: Duration) -> BreakerInfo {
        let (breaker, now) = (self.breaker(), millis(now));
        let counts = breaker.counts(now);
        let (probes_passed, probes_good) = breaker.probes();
        BreakerInfo {
            state: breaker.circuit(),
            changes_in_ms: breaker.left(now).map(millis),
            held: breaker.held().map(|held| HeldInfo { by: held.by.clone(), reason: held.reason.clone() }),
            requests: counts.total,
            failed: counts.failed,
            slow: counts.slow,
            probes_passed,
            probes_good,
        }
    }
}

fn endpoint(endpoint: &Endpoint, weight: u32, now: Duration) -> EndpointInfo {
    let (hot, health) = (&endpoint.hot, &endpoint.health);
    let ejected_for_ms = health.ejected_until.load(Ordering::Relaxed).saturating_sub(millis(now));
    EndpointInfo {
        url: endpoint.place.to_string(),
        weight,
        health: match endpoint.probed() {
            _ if ejected_for_ms > 0 => EndpointHealth::Ejected,
            Probed::Unknown => EndpointHealth::Unknown,
            Probed::Healthy => EndpointHealth::Healthy,
            Probed::Failing => EndpointHealth::Failing,
        },
        reason: endpoint.reason().map(|reason| reason.to_string()),
        ejected_for_ms: Some(ejected_for_ms).filter(|left| *left > 0),
        in_flight: endpoint.in_flight(),
        latency_us: hot.latency.nanos(now).map(|nanos| (nanos / 1000.0) as u64),
        good: hot.good.load(Ordering::Relaxed),
        failed: hot.failed.load(Ordering::Relaxed),
        cancelled: hot.cancelled.load(Ordering::Relaxed),
    }
}
