//! Runs a service: its endpoints behind the layers that all share, its events, jobs and tasks, until it drains.

mod background;
mod client_address;
mod clients;
mod events;
mod jobs;
mod layers;
mod listener;
mod patience;

pub use client_address::{TrustedProxies, client_network};
pub use listener::{Closing, bind, serve, tell_client};

use crate::service::{Context, Service};
use crate::{ApiProblem, health, openapi};
use axum::Router;
use background::background;
use http::{Method, Uri};
use orion_contracts::Problem;
use orion_infra::events::Intake;
use orion_infra::peers::{Body, BodyError, LocalService};
use orion_infra::tasks::{Supervisor, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::sync::Arc;
use std::time::Duration;

/// How long closing database connections may take.
const CLOSE: Duration = Duration::from_secs(1);

/// Bounds of every service's server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// The largest request body, in bytes.
    #[schemars(range(min = 1, max = 1_073_741_824))]
    #[default = 1_048_576]
    pub max_body_bytes: usize,
    /// How long a request may take, in milliseconds.
    #[schemars(range(min = 1, max = 3_600_000))]
    #[default = 30_000]
    pub request_timeout_ms: u64,
    /// How long the head of a request may take to arrive, in milliseconds.
    #[schemars(range(min = 1, max = 3_600_000))]
    #[default = 10_000]
    pub header_timeout_ms: u64,
    /// How long a client may take nothing of what is written to it before it is cut off, in milliseconds.
    #[schemars(range(min = 1, max = 3_600_000))]
    #[default = 30_000]
    pub write_timeout_ms: u64,
    /// Connections at once, per service.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[default = 4096]
    pub max_connections: usize,
    /// How many of them one client may have; trusted proxies may have all.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[default = 512]
    pub max_connections_per_client: usize,
    /// Addresses or networks whose X-Forwarded-For is believed, separated by commas: where the gateway is. Without it a gateway
    /// on another host is the one client that limits, throttles and audit entries know.
    #[default(TrustedProxies::this_host())]
    pub trusted_proxies: TrustedProxies,
    /// How long a process that is told to end says in /readyz that it is not ready, and goes on, before it stops accepting, in
    /// milliseconds. Behind a load balancer (in Kubernetes): the time after which its probes have noticed. Told twice, it
    /// ends at once.
    #[schemars(range(max = 3_600_000))]
    pub drain_delay_ms: u64,
    /// How long what is in flight then has to end, in milliseconds; what is left is cut.
    #[schemars(range(max = 3_600_000))]
    #[default = 10_000]
    pub drain_timeout_ms: u64,
}

impl ServerConfig {
    /// How long what is in flight has to end.
    pub fn drain_timeout(&self) -> Duration {
        Duration::from_millis(self.drain_timeout_ms)
    }
}

/// A service whose endpoints are ready to be called and whose background work is running.
pub struct Running {
    /// Its context.
    pub context: Context,
    /// Its endpoints, layers and all.
    pub router: Router,
    /// Its consumers of events.
    pub intake: Arc<Intake>,
    tasks: Supervisor,
    /// Background work that has not begun.
    waiting: Vec<Task>,
    drain_timeout: Duration,
}

/// Completes a service's router and starts its background work.
pub fn start(service: Service, config: &ServerConfig) -> Running {
    let mut running = prepare(service, config);
    running.begin();
    running
}

/// Completes a service's router. Its background work waits for [`Running::begin`], for it needs the neighbours.
pub fn prepare(service: Service, config: &ServerConfig) -> Running {
    let Service { name, context, router, described, consumers, jobs, retention, tasks: own, document } = service;
    let infra = &context.infra;
    let intake = Arc::new(Intake::new(infra.clone(), consumers));
    let tasks = Supervisor::new(infra.clock.clone(), infra.restarts.clone(), context.tasks.clone());
    let waiting = background(infra, &intake, jobs, retention).into_iter().chain(own).collect();
    let mut router = router.merge(openapi::routes(name, described, document));
    if !intake.consumers().is_empty() {
        router = router.merge(events::routes(intake.clone()));
    }
    let router =
        router.merge(jobs::routes(context.clone())).fallback(nothing_here).method_not_allowed_fallback(not_served_here);
    let router = layers::wrap(router.merge(health::routes(context.clone())), &context, config);
    Running { context, router, intake, tasks, waiting, drain_timeout: config.drain_timeout() }
}

/// Answers 404, and says what was looked for.
pub async fn nothing_here(method: Method, uri: Uri) -> ApiProblem {
    ApiProblem(Problem::nothing_at(method.as_str(), uri.path()))
}

/// Answers 405, and says what was asked for.
pub async fn not_served_here(method: Method, uri: Uri) -> ApiProblem {
    ApiProblem(Problem::not_served_at(method.as_str(), uri.path()))
}

impl Running {
    /// The service as its neighbours in this process call it.
    pub fn local(&self) -> LocalService {
        use http_body_util::BodyExt;
        use tower::ServiceExt;
        let service = self
            .router
            .clone()
            .map_request(|request: http::Request<Body>| request.map(axum::body::Body::new))
            .map_response(|response: http::Response<axum::body::Body>| {
                response.map(|body| body.map_err(|error| BodyError(error.to_string())).boxed_unsync())
            });
        LocalService::new(service)
    }

    /// Begins the background work.
    pub fn begin(&mut self) {
        for task in self.waiting.drain(..) {
            self.tasks.spawn(task);
        }
    }

    /// Tells the background work to stop, without waiting for it.
    pub fn stop_tasks(&self) {
        self.tasks.stop();
    }

    /// Ends the background work: each piece finishes what it holds, within the drain time.
    pub async fn stop(self) {
        let deadline = self.context.infra.clock.monotonic() + self.drain_timeout;
        self.end(deadline).await;
    }

    /// Ends the background work, at the latest at this moment of the monotonic time, and closes the database. The names of
    /// what was cut.
    pub async fn end(self, deadline: Duration) -> Vec<String> {
        let cut = self.tasks.end(deadline).await;
        if tokio::time::timeout(CLOSE, self.context.infra.db.close()).await.is_err() {
            tracing::warn!(service = %self.context.infra.service, "database connections were still in use at the end");
        }
        cut
    }
}
