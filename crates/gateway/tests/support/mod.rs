//! A gateway on a free port, an issuer of tokens, and an upstream that says what it saw.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use orion_contracts::{ServiceName, SessionId, TokenId, UserId};
use orion_gateway::edge::{Arrival, Client, Core, Edge, EdgeCore, EdgeSettings, EdgeSockets, RunningCore};
use orion_gateway::identity::{Keys, Revocations, TokenPolicy};
use orion_gateway::limits::Limiter;
use orion_gateway::observe::{AccessLog, AccessSink, RequestMetrics};
use orion_gateway::proxy::{Proxies, ProxySettings, ProxyShared};
use orion_gateway::routing::route::RouteDefaults;
use orion_gateway::routing::{RouteConfig, RouteTable, Written};
use orion_gateway::upstream::UpstreamConfig;
use orion_http::snapshot::Snapshot;
use orion_infra::metrics::{CacheLookups, HttpMetrics};
use orion_infra::{Clock, Metrics, Random};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

pub const USER: UserId = UserId(Uuid::from_u128(1));
pub const SESSION: SessionId = SessionId(Uuid::from_u128(2));

/// Signs access tokens.
pub struct Issuer(EcdsaKeyPair);

impl Issuer {
    pub fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    pub fn keys(&self) -> Keys {
        let point = self.0.public_key().as_ref();
        let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..65]));
        let set = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "one", "x": x, "y": y }] });
        Keys::from_set(&serde_json::from_value(set).expect("a key set"))
    }

    /// A token of [`USER`], valid for an hour.
    pub fn token(&self) -> String {
        self.token_with(|_, _| {})
    }

    /// The same with another header or other claims.
    #[allow(dead_code, reason = "not every user of this module changes its tokens")]
    pub fn token_with(&self, change: impl FnOnce(&mut Value, &mut Value)) -> String {
        let now = Clock::system().now().timestamp();
        let mut claims = json!({
            "iss": "https://orion.example", "aud": "orion", "sub": USER, "sid": SESSION, "jti": TokenId(Uuid::from_u128(3)),
            "client_id": "orion",
            "iat": now, "exp": now + 3600, "auth_time": now, "roles": ["user", "editor"],
        });
        let mut header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": "one" });
        change(&mut header, &mut claims);
        let text = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        let signature = self.0.sign(&SystemRandom::new(), text.as_bytes()).expect("a signature");
        format!("{text}.{}", BASE64.encode(signature))
    }
}

/// Starts a core.
type Start = Box<dyn Fn(CancellationToken) -> std::io::Result<RunningCore> + Send>;

/// A running gateway.
pub struct Gateway {
    pub address: SocketAddr,
    pub issuer: Issuer,
    pub metrics: Metrics,
    pub shared: ProxyShared,
    pub shutdown: CancellationToken,
    cores: Vec<Start>,
    running: Vec<RunningCore>,
}

/// What the routes of a gateway are made of.
pub fn defaults() -> RouteDefaults {
    let (timeout, silence) = (Duration::from_millis(600), Duration::from_millis(700));
    RouteDefaults { connect: Duration::from_secs(2), timeout, silence, max_body: 1000, rate_limit: None }
}

impl Gateway {
    /// A gateway with the given routes, or `routes` and `upstreams`, that listens, but serves nobody yet; `change` adjusts its settings.
    pub fn listen(
        listen: SocketAddr,
        routes: Value,
        defaults: &RouteDefaults,
        access: AccessSink,
        change: impl FnOnce(&mut EdgeSettings),
    ) -> Self {
        let issuer = Issuer::new();
        let metrics = Metrics::new(ServiceName::Gateway);
        let requests = RequestMetrics::new(&metrics, HttpMetrics::new(&metrics), CacheLookups::new(&metrics));
        let (routes, upstreams) = match routes {
            Value::Object(mut both) => (both["routes"].take(), both["upstreams"].take()),
            routes => (routes, json!([])),
        };
        let routes: Vec<RouteConfig> = serde_json::from_value(routes).expect("routes");
        let upstreams: Vec<UpstreamConfig> = serde_json::from_value(upstreams).expect("upstreams");
        let services: BTreeMap<ServiceName, Url> = BTreeMap::new();
        let ok = axum::routing::get(|| async { "ok" });
        let shared = ProxyShared {
            identity: None,
            clock: Clock::system(),
            random: Random::system(),
            routes: Snapshot::new(
                RouteTable::new(&services, Written { routes: &routes, upstreams: &upstreams }, defaults)
                    .expect("a good table"),
            ),
            keys: Snapshot::new(issuer.keys()),
            revocations: Snapshot::new(Revocations::default()),
            limiter: Arc::new(Limiter::new(65_536)),
            access_log: AccessLog::open(access, requests.access_log_dropped.clone()).expect("the access log"),
            metrics: requests,
            pages: axum::Router::new().route("/livez", ok.clone()).route("/readyz", ok),
        };
        let tokens = TokenPolicy { issuer: "https://orion.example".to_owned(), audience: "orion".to_owned() };
        let mut settings = EdgeSettings::default();
        change(&mut settings);
        let trusted_proxies = settings.trusted_proxies.clone();
        let proxies = Proxies::new(ProxySettings { trusted_proxies, ..ProxySettings::new(tokens) }, shared.clone());
        let answers = move |core: &Rc<Core>| {
            let proxy = proxies.on(core);
            move |client: Rc<Client>, arrival: Arrival| proxy.clone().answer(client, arrival)
        };
        let shutdown = CancellationToken::new();
        let sockets = EdgeSockets::bind(listen).expect("a free port");
        let refused = shared.metrics.connections_refused.clone();
        let edge = Edge::new(sockets, &settings, &shared.clock, refused, &answers).expect("listening");
        let address = edge.address();
        let start = |core: EdgeCore<_>| -> Start { Box::new(move |shutdown| core.start(shutdown)) };
        let cores = edge.into_cores().into_iter().map(start).collect();
        Self { address, issuer, metrics, shared, shutdown, cores, running: Vec::new() }
    }

    /// Starts its cores.
    pub fn serve(&mut self) {
        self.running = self.cores.iter().map(|core| core(self.shutdown.clone()).expect("started")).collect();
    }

    /// Stops it and waits for its end.
    #[allow(dead_code, reason = "not every user of this module stops its gateway")]
    pub async fn stop(&mut self) {
        self.shutdown.cancel();
        for core in self.running.drain(..) {
            core.ended().await.expect("a good end");
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
