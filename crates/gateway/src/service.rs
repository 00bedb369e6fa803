//! Joins the edge to the platform: routes of the file and the document, keys and revocations of the process, pages on :3005.

use crate::api;
use crate::config::GatewayConfig;
use crate::domain::{Gateway, InForce, Instances, follow};
use crate::edge::{Edge, EdgeCore, EdgeSettings, EdgeShared, EdgeSockets};
use crate::identity::TokenPolicy;
use crate::limits::Limiter;
use crate::observe::{AccessLog, RequestMetrics};
use crate::pages::{self, Directory};
use crate::routing::RouteTable;
use crate::store::RETENTION;
use orion_contracts::{FieldCode, Problem, ServiceName};
use orion_http::server::ServerConfig;
use orion_http::snapshot::Snapshot;
use orion_http::{BuildError, Context, OwnCheck, Service};
use orion_infra::Settings;
use orion_infra::config::ConfigFault;
use orion_infra::tasks::Task;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Callers that the limiter knows at once.
const LIMITER_PLACES: usize = 65_536;

/// The routes to ORION's own services and to those of the file; or all that is wrong with them.
pub fn routes(
    config: &GatewayConfig,
    services: &BTreeMap<ServiceName, String>,
) -> Result<RouteTable, Vec<ConfigFault>> {
    RouteTable::new(&urls(services)?, &config.routes, &config.route_defaults())
}

/// Where ORION's own services are.
fn urls(services: &BTreeMap<ServiceName, String>) -> Result<BTreeMap<ServiceName, Url>, Vec<ConfigFault>> {
    let parse = |(name, url): (&ServiceName, &String)| {
        let fault = |error: url::ParseError| {
            vec![ConfigFault::new(format!("peers.{name}_url"), FieldCode::Invalid, error.to_string())]
        };
        Ok((*name, Url::parse(url).map_err(fault)?))
    };
    // A peer's URL was looked at when the configuration was read.
    services.iter().map(parse).collect()
}

/// Builds the gateway on sockets that are bound already; `services` says where ORION's own services are, `console` where
/// browsers find the console.
pub async fn service(
    settings: Settings<GatewayConfig>,
    server: &ServerConfig,
    context: Context,
    sockets: EdgeSockets,
    services: &BTreeMap<ServiceName, String>,
    console: &str,
) -> Result<Service, BuildError> {
    let config = settings.get();
    let infra = context.infra.clone();
    let in_force = InForce::open(infra.clone(), settings, urls(services)?, context.settings.clone()).await?;
    let (in_force, instances) = (Arc::new(in_force), Arc::new(Instances::default()));
    let pages = pages::routes(context.clone(), &Directory::new(console, services));
    let shared = shared(&config, &context, in_force.table().clone(), pages)?;
    let edge = Edge::new(sockets, &edge_settings(&config, server, &context), &shared)
        .map_err(|error| Problem::internal().detail(format!("the edge cannot listen: {error}")))?;
    context.look_also(checks(&in_force));
    let gateway = Gateway::new(infra, in_force.clone(), instances.clone());
    let mut service = Service::new(context, move || api::routes(gateway.clone()));
    service.retention = RETENTION.to_vec();
    service.tasks.extend(edge.into_cores().into_iter().map(task));
    service.tasks.push(Task::new("gateway document", move |stop| follow(in_force.clone(), instances.clone(), stop)));
    Ok(service)
}

/// What readiness says of routes: without any the gateway is of no use, and with those of before it does its work.
fn checks(in_force: &Arc<InForce>) -> Vec<OwnCheck> {
    let (any, newest) = (in_force.clone(), in_force.clone());
    vec![
        OwnCheck { name: "routes", required: true, probe: Box::new(move || any.check()) },
        OwnCheck { name: "gateway document", required: false, probe: Box::new(move || newest.check_newest()) },
    ]
}

fn edge_settings(config: &GatewayConfig, server: &ServerConfig, context: &Context) -> EdgeSettings {
    let identity = &context.identity;
    let tokens = TokenPolicy { issuer: identity.issuer().to_owned(), audience: identity.audience().to_owned() };
    EdgeSettings {
        cores: config.cores(),
        max_connections: config.max_connections,
        max_connections_per_client: config.max_connections_per_client,
        connect: Duration::from_millis(config.connect_timeout_ms),
        token_cache: config.token_cache,
        trusted_proxies: config.trusted_proxies.clone(),
        drain: server.drain_timeout(),
        ..EdgeSettings::new(tokens)
    }
}

fn shared(
    config: &GatewayConfig,
    context: &Context,
    routes: Arc<Snapshot<RouteTable>>,
    pages: axum::Router,
) -> Result<EdgeShared, ConfigFault> {
    let infra = &context.infra;
    let metrics = RequestMetrics::new(&infra.metrics, infra.requests.clone(), infra.cache.lookups().clone());
    let access_log = AccessLog::open(config.access_sink(), metrics.access_log_dropped.clone()).map_err(|error| {
        let message = format!("{} cannot be written to: {error}", config.access_log_file.display());
        ConfigFault::new("gateway.access_log_file", FieldCode::Invalid, message)
    })?;
    Ok(EdgeShared {
        clock: infra.clock.clone(),
        random: infra.random.clone(),
        routes,
        keys: context.identity.keys().clone(),
        revocations: context.identity.revocations().clone(),
        identity: Some(context.identity.clone()),
        limiter: Arc::new(Limiter::new(LIMITER_PLACES)),
        metrics,
        access_log,
        pages,
    })
}

fn task(core: EdgeCore) -> Task {
    let core = Arc::new(core);
    Task::new(format!("edge core {}", core.number()), move |stop| {
        let core = core.clone();
        async move { core.run(stop).await }
    })
}
