//! The health of all services, asked for on demand.

use super::instances::Instances;
use futures_util::future::join_all;
use http::StatusCode;
use orion_contracts::ServiceName;
use orion_contracts::admin::{ServiceHealth, ServiceStatus};
use orion_contracts::health::{Readiness, ReadyStatus};
use orion_http::Context;
use orion_http::health::readiness;
use orion_infra::peers::{PeerError, read};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// For how long an answer is good enough.
const GOOD: Duration = Duration::from_secs(1);
/// How long a service may take to answer.
const LIMIT: Duration = Duration::from_secs(1);
/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// Asks the services how they are.
pub(crate) struct HealthMonitor {
    context: Context,
    /// Instances that announced themselves.
    pub(crate) instances: Instances,
    latest: Mutex<Option<Arc<Snapshot>>>,
}

/// What was found in one look at all services.
pub(crate) struct Snapshot {
    /// When (monotonic).
    pub(crate) taken_at: Duration,
    /// Counts up from 1.
    pub(crate) sequence: u64,
    /// How they are.
    pub(crate) services: Vec<ServiceHealth>,
}

impl HealthMonitor {
    /// Has asked nobody yet.
    pub(crate) fn new(context: Context) -> Self {
        Self { context, instances: Instances::default(), latest: Mutex::new(None) }
    }

    /// The health of all services, at most a second old.
    pub(crate) async fn current(&self) -> Arc<Snapshot> {
        let now = self.context.infra.clock.monotonic();
        let mut latest = self.latest.lock().await;
        if let Some(snapshot) = latest.as_ref().filter(|snapshot| now.saturating_sub(snapshot.taken_at) < GOOD) {
            return snapshot.clone();
        }
        let services = join_all(ServiceName::ALL.map(|service| self.ask(service))).await;
        let sequence = latest.as_ref().map_or(0, |snapshot| snapshot.sequence) + 1;
        latest.insert(Arc::new(Snapshot { taken_at: now, sequence, services })).clone()
    }

    async fn ask(&self, service: ServiceName) -> ServiceHealth {
        let clock = &self.context.infra.clock;
        let started = clock.monotonic();
        let answer = tokio::time::timeout(LIMIT, self.probe(service)).await.unwrap_or(None);
        let latency = clock.monotonic().saturating_sub(started);
        let (status, checks) = match answer {
            Some((status, readiness)) => (status, readiness.map(|readiness| readiness.checks).unwrap_or_default()),
            None => (ServiceStatus::Down, Vec::new()),
        };
        ServiceHealth {
            service,
            status,
            checks,
            latency_ms: (status != ServiceStatus::Down).then(|| u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)),
            instances: self.instances.of(service, clock.monotonic()),
            checked_at: clock.now(),
        }
    }

    /// What a service says of itself; `None` when it says nothing.
    async fn probe(&self, service: ServiceName) -> Option<(ServiceStatus, Option<Readiness>)> {
        if service == self.context.infra.service {
            let readiness = readiness(&self.context).await;
            return Some((status(readiness.status), Some(readiness)));
        }
        match self.readyz(service).await {
            Ok((_, Some(readiness))) => Some((status(readiness.status), Some(readiness))),
            Ok((code, None)) if code.is_success() => Some((ServiceStatus::Up, None)),
            Ok((_, None)) => Some((ServiceStatus::Degraded, None)),
            Err(error) => {
                tracing::debug!(%service, %error, "no sign of life");
                None
            }
        }
    }

    async fn readyz(&self, service: ServiceName) -> Result<(StatusCode, Option<Readiness>), PeerError> {
        let response = self.context.infra.peers.to(service).probe("/readyz?verbose").await?;
        let code = response.status();
        let bytes = read(response.into_body(), MAX_ANSWER).await.unwrap_or_default();
        Ok((code, serde_json::from_slice(&bytes).ok()))
    }
}

fn status(ready: ReadyStatus) -> ServiceStatus {
    match ready {
        ReadyStatus::Ready => ServiceStatus::Up,
        ReadyStatus::NotReady | ReadyStatus::Draining => ServiceStatus::Degraded,
    }
}
