//! Joins the edge to the platform: routes of the file and the document, keys and revocations of the process, pages on :3005.

use crate::api;
use crate::config::GatewayConfig;
use crate::domain::{Gateway, InForce, Instances, follow};
use crate::edge::{Arrival, Client, Core, Edge, EdgeSettings, EdgeSockets};
use crate::identity::TokenPolicy;
use crate::limits::Limiter;
use crate::observe::{AccessLog, RequestMetrics, upstreams};
use crate::pages::{self, Directory};
use crate::proxy::{Proxies, ProxySettings, ProxyShared};
use crate::routing::{RouteTable, Written};
use crate::store::RETENTION;
use crate::upstream::config::DnsConfig;
use crate::upstream::{Cluster, Discovery, DnsLookups, Endpoint, Prober};
use crate::wire::Stream;
use orion_contracts::{FieldCode, Problem, ServiceName};
use orion_http::server::ServerConfig;
use orion_http::snapshot::Snapshot;
use orion_http::{BuildError, Context, OwnCheck, Service};
use orion_infra::config::ConfigFault;
use orion_infra::tasks::Task;
use orion_infra::{Infra, Settings};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use url::Url;

/// Callers that the limiter knows at once.
const LIMITER_PLACES: usize = 65_536;

/// The routes to ORION's own services and to those of the file; or all that is wrong with them.
pub fn routes(
    config: &GatewayConfig,
    services: &BTreeMap<ServiceName, String>,
) -> Result<RouteTable, Vec<ConfigFault>> {
    let written = Written { routes: &config.routes, upstreams: &config.upstreams };
    RouteTable::new(&urls(services)?, written, &config.route_defaults())
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
    let refused = shared.metrics.connections_refused.clone();
    let proxies = Proxies::new(proxy_settings(&config, &context), shared);
    let answers = move |core: &Rc<Core>| {
        let proxy = proxies.on(core);
        move |client: Rc<Client>, arrival: Arrival| proxy.clone().answer(client, arrival)
    };
    let settings_of_edge = edge_settings(&config, server);
    let edge = Edge::new(sockets, &settings_of_edge, &infra.clock, refused, &answers)
        .map_err(|error| Problem::internal().detail(format!("the edge cannot listen: {error}")))?;
    context.look_also(checks(&in_force));
    let gateway = Gateway::new(infra.clone(), in_force.clone(), instances.clone());
    let mut service = Service::new(context, move || api::routes(gateway.clone()));
    service.retention = RETENTION.to_vec();
    service.tasks.extend(edge.into_cores().into_iter().map(|core| {
        let core = Arc::new(core);
        Task::new(format!("edge core {}", core.number()), move |stop| {
            let core = core.clone();
            async move { core.run(stop).await }
        })
    }));
    service.tasks.extend(watchers(in_force.table(), &infra));
    service.tasks.push(upstreams::watch(in_force.table().clone(), &infra.metrics, infra.clock.clone()));
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

/// What looks after upstreams: asks endpoints whether they are well, and DNS where they are.
fn watchers(table: &Arc<Snapshot<RouteTable>>, infra: &Infra) -> Vec<Task> {
    let clusters = {
        let table = table.clone();
        move || table.get().clusters().all()
    };
    let connect = |cluster: Arc<Cluster>, endpoint: Arc<Endpoint>| async move {
        let place = &endpoint.place;
        let stream = TcpStream::connect(&*place.address).await?;
        match cluster.tls().filter(|_| place.is_tls) {
            Some(tls) => tls.begin(stream, &place.host_name).await,
            None => Ok(Stream::Tcp(stream)),
        }
    };
    let prober = Prober::new(clusters.clone(), connect, infra.clock.clone(), infra.random.clone()).task();
    match DnsLookups::of_system() {
        Ok(lookups) => {
            let lookups = Arc::new(lookups);
            let look_up = move |config: DnsConfig| {
                let lookups = lookups.clone();
                async move { lookups.look_up(&config).await }
            };
            vec![prober, Discovery::new(clusters, look_up, infra.clock.clone()).task()]
        }
        Err(error) => {
            tracing::warn!(%error, "the system's resolvers are not known: upstreams with dns are not looked up");
            vec![prober]
        }
    }
}

fn edge_settings(config: &GatewayConfig, server: &ServerConfig) -> EdgeSettings {
    EdgeSettings {
        cores: config.cores(),
        max_connections: config.max_connections,
        max_connections_per_client: config.max_connections_per_client,
        trusted_proxies: config.trusted_proxies.clone(),
        drain: server.drain_timeout(),
        ..EdgeSettings::default()
    }
}

fn proxy_settings(config: &GatewayConfig, context: &Context) -> ProxySettings {
    let identity = &context.identity;
    let tokens = TokenPolicy { issuer: identity.issuer().to_owned(), audience: identity.audience().to_owned() };
    ProxySettings {
        connect: Duration::from_millis(config.connect_timeout_ms),
        token_cache: config.token_cache,
        trusted_proxies: config.trusted_proxies.clone(),
        ..ProxySettings::new(tokens)
    }
}

fn shared(
    config: &GatewayConfig,
    context: &Context,
    routes: Arc<Snapshot<RouteTable>>,
    pages: axum::Router,
) -> Result<ProxyShared, ConfigFault> {
    let infra = &context.infra;
    let metrics = RequestMetrics::new(&infra.metrics, infra.requests.clone(), infra.cache.lookups().clone());
    let access_log = AccessLog::open(config.access_sink(), metrics.access_log_dropped.clone()).map_err(|error| {
        let message = format!("{} cannot be written to: {error}", config.access_log_file.display());
        ConfigFault::new("gateway.access_log_file", FieldCode::Invalid, message)
    })?;
    Ok(ProxyShared {
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
