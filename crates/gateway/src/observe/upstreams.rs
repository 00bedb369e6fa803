//! What becomes of upstreams, for operators: changes in the log, states and failures in metrics.

use crate::routing::RouteTable;
use crate::upstream::{Change, Cluster};
use ahash::AHashMap;
use orion_contracts::upstreams::CircuitState;
use orion_http::snapshot::Snapshot;
use orion_infra::tasks::Task;
use orion_infra::{Clock, Metrics};
use prometheus::{IntCounterVec, IntGaugeVec};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// How often states are looked at: a breaker that changes is told at once.
const LOOK: Duration = Duration::from_secs(1);

/// The metrics of upstreams that have a name; who names a URL has no breaker, and is counted by route.
#[derive(Clone)]
struct UpstreamMetrics {
    state: IntGaugeVec,
    failures: IntCounterVec,
    in_flight: IntGaugeVec,
    well: IntGaugeVec,
}

impl UpstreamMetrics {
    fn new(metrics: &Metrics) -> Self {
        let circuits = metrics.circuits();
        Self {
            state: circuits.state,
            failures: circuits.failures,
            in_flight: metrics.gauges("gateway_upstream_requests", "Requests under way at an upstream.", &["upstream"]),
            well: metrics.gauges(
                "gateway_upstream_endpoints_well",
                "Endpoints of an upstream that requests may go to.",
                &["upstream"],
            ),
        }
    }

    fn take_down(&self, cluster: &Cluster, failed: u64, now: Duration) {
        let (name, endpoints) = (&**cluster.name(), cluster.endpoints());
        let well = endpoints.iter().filter(|endpoint| endpoint.is_well(now)).count();
        let in_flight: i64 = endpoints.iter().map(|endpoint| i64::from(endpoint.in_flight())).sum();
        let circuit = &*circuit(name);
        self.state.with_label_values(&[circuit]).set(cluster.breaker().circuit() as i64);
        self.failures.with_label_values(&[circuit]).inc_by(failed);
        self.in_flight.with_label_values(&[name]).set(in_flight);
        self.well.with_label_values(&[name]).set(well as i64);
    }

    fn forget(&self, name: &str) {
        // What was never taken down need not be forgotten.
        let circuit = &*circuit(name);
        let _ = self.state.remove_label_values(&[circuit]);
        let _ = self.failures.remove_label_values(&[circuit]);
        let _ = self.in_flight.remove_label_values(&[name]);
        let _ = self.well.remove_label_values(&[name]);
    }
}

/// What the breaker of an upstream is called beside those of ORION's services.
fn circuit(name: &str) -> String {
    format!("upstream {name}")
}

/// The task that tells of upstreams.
pub(crate) fn watch(table: Arc<Snapshot<RouteTable>>, metrics: &Metrics, clock: Clock) -> Task {
    let metrics = UpstreamMetrics::new(metrics);
    Task::new("upstreams told", move |stop| {
        let (table, metrics, clock) = (table.clone(), metrics.clone(), clock.clone());
        async move {
            let mut changes = table.get().clusters().changes().subscribe();
            // How many requests of each had failed when it was last looked.
            let mut known: AHashMap<Arc<str>, u64> = AHashMap::new();
            loop {
                look(&table, &metrics, &mut known, clock.monotonic());
                tokio::select! {
                    () = stop.cancelled() => return,
                    change = changes.recv() => match change {
                        Ok(change) => tell(&change),
                        Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => return,
                    },
                    () = clock.sleep(LOOK) => {}
                }
            }
        }
    })
}

fn look(table: &Snapshot<RouteTable>, metrics: &UpstreamMetrics, known: &mut AHashMap<Arc<str>, u64>, now: Duration) {
    let all = table.get().clusters().all();
    known.retain(|name, _| {
        let is_there = all.iter().any(|cluster| cluster.name() == name);
        if !is_there {
            metrics.forget(name);
        }
        is_there
    });
    for cluster in all {
        let failed = cluster.failed();
        let before = known.insert(cluster.name().clone(), failed).unwrap_or(0);
        // Endpoints that left took theirs along.
        metrics.take_down(&cluster, failed.saturating_sub(before), now);
    }
}

/// Says what has changed.
fn tell(change: &Change) {
    match change {
        Change::Breaker { upstream, to: CircuitState::Open, cause, .. } => {
            tracing::warn!(%upstream, %cause, "the breaker of an upstream is open: it is left alone for a while");
        }
        Change::Breaker { upstream, to: CircuitState::HalfOpen, .. } => {
            tracing::info!(%upstream, "the breaker of an upstream lets a few requests pass, to see");
        }
        Change::Breaker { upstream, to: CircuitState::Closed, cause, .. } => {
            tracing::info!(%upstream, %cause, "the breaker of an upstream is closed again");
        }
        Change::Ejected { upstream, endpoint, time } => {
            tracing::warn!(%upstream, endpoint, milliseconds = time.as_millis() as u64, "an endpoint fails, and is left out for a while");
        }
        Change::Healthy { upstream, endpoint } => {
            tracing::info!(%upstream, endpoint, "an endpoint is well again");
        }
        Change::Failing { upstream, endpoint, reason } => {
            tracing::warn!(%upstream, endpoint, reason, "an endpoint is not well");
        }
    }
}
