//! The health of all services: asked for once a second while somebody watches, and on demand.

use super::instances::Instances;
use crate::live::{Frame, Watchers};
use axum::body::{Body, to_bytes};
use futures_util::future::join_all;
use http::StatusCode;
use orion_contracts::ServiceName;
use orion_contracts::admin::{ServiceHealth, ServiceStatus};
use orion_contracts::health::{Readiness, ReadyStatus};
use orion_http::Context;
use orion_http::health::readiness;
use orion_infra::peers::PeerError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

/// How often services are asked, and for how long an answer is good enough.
const EVERY: Duration = Duration::from_secs(1);
/// A message that is older is not shown to a new watcher; the next one is under way.
const STALE: Duration = Duration::from_secs(2);
/// How long a service may take to answer.
const LIMIT: Duration = Duration::from_secs(1);
/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// Asks the services how they are.
pub(crate) struct HealthMonitor {
    context: Context,
    /// Instances that announced themselves.
    pub(crate) instances: Instances,
    /// Who watches.
    pub(crate) watchers: Watchers,
    latest: Mutex<Option<Snapshot>>,
    frames: watch::Sender<Option<Published>>,
}

/// A message for sockets, and when it was true (monotonic).
#[derive(Clone)]
pub(crate) struct Published {
    frame: Arc<Frame>,
    taken_at: Duration,
}

impl Published {
    /// The message, unless it is from a time when nobody watched.
    pub(crate) fn fresh(&self, now: Duration) -> Option<Arc<Frame>> {
        (now.saturating_sub(self.taken_at) < STALE).then(|| self.frame.clone())
    }
}

#[derive(Clone)]
struct Snapshot {
    taken_at: Duration,
    sequence: u64,
    services: Arc<Vec<ServiceHealth>>,
}

impl HealthMonitor {
    /// Has asked nobody yet.
    pub(crate) fn new(context: Context) -> Self {
        Self {
            context,
            instances: Instances::default(),
            watchers: Watchers::default(),
            latest: Mutex::new(None),
            frames: watch::Sender::new(None),
        }
    }

    /// The latest message for sockets, and those that follow.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<Published>> {
        self.frames.subscribe()
    }

    /// The health of all services, at most a second old.
    pub(crate) async fn current(&self) -> Arc<Vec<ServiceHealth>> {
        let now = self.context.infra.clock.monotonic();
        let mut latest = self.latest.lock().await;
        if let Some(snapshot) = latest.as_ref().filter(|snapshot| now.saturating_sub(snapshot.taken_at) < EVERY) {
            return snapshot.services.clone();
        }
        let services = Arc::new(join_all(ServiceName::ALL.map(|service| self.ask(service))).await);
        let sequence = latest.as_ref().map_or(0, |snapshot| snapshot.sequence) + 1;
        *latest = Some(Snapshot { taken_at: now, sequence, services: services.clone() });
        match Frame::health(sequence, &services) {
            Ok(frame) => {
                self.frames.send_replace(Some(Published { frame: Arc::new(frame), taken_at: now }));
            }
            Err(error) => tracing::error!(%error, "health cannot be written as JSON"),
        }
        services
    }

    /// Asks while somebody watches, until told to stop.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        let work = async {
            loop {
                self.watchers.somebody().await;
                self.current().await;
                self.context.infra.clock.sleep(EVERY).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
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
        let bytes = to_bytes(Body::new(response.into_body()), MAX_ANSWER).await.unwrap_or_default();
        Ok((code, serde_json::from_slice(&bytes).ok()))
    }
}

fn status(ready: ReadyStatus) -> ServiceStatus {
    match ready {
        ReadyStatus::Ready => ServiceStatus::Up,
        ReadyStatus::NotReady | ReadyStatus::Draining => ServiceStatus::Degraded,
    }
}
