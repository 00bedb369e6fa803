//! Runs a service: its endpoints behind the layers that all share, its events, jobs and tasks, until it drains.

mod client_address;
mod clients;
mod events;
mod layers;
mod listener;
mod patience;

pub use client_address::{TrustedProxies, client_network};
pub use listener::{bind, serve};

use crate::service::{Context, Service};
use crate::{health, openapi};
use axum::Router;
use orion_contracts::Problem;
use orion_infra::audit;
use orion_infra::events::dispatcher::Dispatcher;
use orion_infra::jobs::Retention;
use orion_infra::peers::{Body, BodyError, LocalService};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Bounds of every service's server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// How long a request may take, in milliseconds.
    pub request_timeout_ms: u64,
    /// How long the head of a request may take to arrive, in milliseconds.
    pub header_timeout_ms: u64,
    /// How long a client may take nothing of what is written to it, in milliseconds.
    pub write_timeout_ms: u64,
    /// Connections at once, per service.
    pub max_connections: usize,
    /// How many of them one client may have; trusted proxies may have all.
    pub max_connections_per_client: usize,
    /// Addresses or networks whose `X-Forwarded-For` is believed, separated by commas: where the gateway is.
    pub trusted_proxies: TrustedProxies,
    /// How long a draining service waits for what is in flight, in milliseconds.
    pub drain_timeout_ms: u64,
}

/// A service whose endpoints are ready to be called and whose background work is running.
pub struct Running {
    /// Its context.
    pub context: Context,
    /// Its endpoints, layers and all.
    pub router: Router,
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

/// Starts a service's background work and completes its router.
pub fn start(service: Service, config: &ServerConfig) -> Running {
    let Service { name, context, router, events, jobs, retention, tasks: own } = service;
    let infra = &context.infra;
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let (db, clock, random) = (infra.db.clone(), infra.clock.clone(), infra.random.clone());
    let transport = infra.events.transport().clone();
    let dispatcher = Dispatcher::new(db.clone(), transport.clone(), clock.clone(), random.clone(), &infra.queues);
    tasks.spawn(dispatcher.run(stop.clone()));
    tasks.spawn(audit::ship(infra.clone(), stop.clone()));
    tasks.spawn(Retention::new(db, clock, retention).run(stop.clone()));
    if let Some(handler) = events.clone() {
        let stop = stop.clone();
        tasks.spawn(async move { transport.consume(name, handler, random, stop).await });
    }
    if let Some(runner) = jobs {
        tasks.spawn(runner.run(stop.clone()));
    }
    for task in own {
        tasks.spawn((task.run)(stop.clone()));
    }
    let (router, api) = router.split_for_parts();
    let mut router = router.merge(openapi::routes(openapi::document(name, api)));
    if let Some(handler) = events {
        router = router.merge(events::routes(handler));
    }
    let router = router
        .fallback(|| async { crate::ApiProblem(Problem::not_found()) })
        .method_not_allowed_fallback(|| async { crate::ApiProblem(Problem::method_not_allowed()) });
    let router = layers::wrap(router.merge(health::routes(context.clone())), &context, config);
    Running { context, router, tasks, stop }
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

    /// Ends the background work: each piece finishes what it holds.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        self.context.infra.db.close().await;
    }
}
