//! Calls from service to service: always an HTTP request, in memory when the other one lives in this process, over
//! the network otherwise. One code path, the same DTOs.

mod breaker;
mod remote;
pub mod token;

use crate::config::place_of;
use crate::secrets::Secrets;
use crate::{Clock, Metrics, Outage};
use arc_swap::ArcSwapOption;
use breaker::Breaker;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited, combinators::UnsyncBoxBody};
use orion_contracts::internal::{self, Endpoint};
use orion_contracts::{Problem, ServiceName};
use remote::Remote;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tower::util::BoxCloneSyncService;

/// A body that comes in pieces.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;
/// A body broke off.
#[derive(Debug, thiserror::Error)]
#[error("the body broke off: {0}")]
pub struct BodyError(pub String);

/// A service that lives in this process.
pub type LocalService = BoxCloneSyncService<Request<Body>, Response<Body>, std::convert::Infallible>;

/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Why a call gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// It could not be reached, or did not answer in time.
    #[error("{service} is not available: {reason}")]
    Unavailable {
        /// The peer.
        service: ServiceName,
        /// Why.
        reason: String,
    },
    /// It does not take our word for who we are.
    #[error("{service} refuses our calls: {reason}")]
    Refused {
        /// The peer.
        service: ServiceName,
        /// What it said.
        reason: String,
    },
    /// It answered with a problem.
    #[error("{service} answered {problem}")]
    Problem {
        /// The peer.
        service: ServiceName,
        /// What it said.
        problem: Box<Problem>,
    },
    /// Its answer is not what was agreed.
    #[error("{service} gave an unexpected answer: {reason}")]
    Unexpected {
        /// The peer.
        service: ServiceName,
        /// What is wrong with it.
        reason: String,
    },
}

impl From<PeerError> for Problem {
    /// A peer's refusal is passed on when it concerns the caller's input; its absence is a 503, and so is its refusing
    /// us: whoever called us has nothing to do with that.
    fn from(error: PeerError) -> Self {
        match error {
            // Told once, by the outage, not with each call.
            PeerError::Unavailable { service, .. } | PeerError::Refused { service, .. } => {
                Problem::unavailable().detail(format!("The {service} service cannot be reached.")).retry_after(1)
            }
            PeerError::Problem { service, problem } if matches!(problem.status, 401 | 403) => {
                tracing::error!(%service, %problem, "a peer does not let us do what we need to");
                Problem::unavailable()
                    .detail(format!("The {service} service does not let this be done."))
                    .retry_after(1)
            }
            PeerError::Problem { problem, .. } if problem.status < 500 || problem.status == 503 => *problem,
            other => {
                tracing::error!(error = %other, "peer failed");
                Problem::internal()
            }
        }
    }
}

/// The services of this process: each is put in its place once it is built, and taken out when it ends.
#[derive(Clone, Default)]
pub struct LocalServices(Arc<BTreeMap<ServiceName, ArcSwapOption<LocalService>>>);

impl LocalServices {
    /// Places for the services that will live in this process.
    pub fn new(services: impl IntoIterator<Item = ServiceName>) -> Self {
        Self(Arc::new(services.into_iter().map(|service| (service, ArcSwapOption::empty())).collect()))
    }

    /// Puts a built service in its place.
    pub fn fill(&self, name: ServiceName, service: LocalService) {
        if let Some(place) = self.0.get(&name) {
            place.store(Some(Arc::new(service)));
        }
    }

    /// Takes an ended service out: its neighbours find nobody there.
    pub fn clear(&self, name: ServiceName) {
        if let Some(place) = self.0.get(&name) {
            place.store(None);
        }
    }
}

/// How one service calls the others.
#[derive(Clone)]
pub struct Peers(Arc<Inner>);

struct Inner {
    own: ServiceName,
    local: LocalServices,
    remote: BTreeMap<ServiceName, Remote>,
    outages: BTreeMap<ServiceName, Outages>,
    secrets: Secrets,
    clock: Clock,
    timeout: Duration,
}

/// What is told of one peer.
struct Outages {
    away: Outage,
    refusing: Outage,
}

impl Outages {
    fn of(service: ServiceName, url: Option<&&str>, clock: &Clock) -> Self {
        let place = url.map(|url| format!(" at {}", place_of(url))).unwrap_or_default();
        Self {
            away: Outage::new(format!("{service}{place}"), clock.clone()),
            refusing: Outage::needs_help(format!("{service}{place}"), "refuses our calls", clock.clone()),
        }
    }
}

impl Peers {
    /// How long a call may take.
    pub fn timeout(&self) -> Duration {
        self.0.timeout
    }

    /// The peers of `own`: those in this process, and those at URLs.
    pub fn new(
        own: ServiceName,
        local: LocalServices,
        urls: &BTreeMap<ServiceName, &str>,
        timeout: Duration,
        secrets: Secrets,
        clock: Clock,
        metrics: &Metrics,
    ) -> Result<Self, PeerConfigError> {
        let breakers = Breaker::metrics(metrics);
        // Peers of this process have none; their series are there all the same, for whoever watches them.
        ServiceName::ALL.iter().filter(|name| **name != own).for_each(|name| Breaker::announce(*name, &breakers));
        let elsewhere: Vec<_> = urls.iter().filter(|(name, _)| !local.0.contains_key(name)).collect();
        let mut remote = BTreeMap::new();
        // A client reads all certificates of the system: a process that has no peers elsewhere makes none.
        if !elsewhere.is_empty() {
            let client = remote::client(timeout)?;
            for (name, url) in elsewhere {
                let breaker = Breaker::new(*name, clock.clone(), &breakers);
                remote.insert(*name, Remote::new(*name, client.clone(), timeout, url, breaker)?);
            }
        }
        let outages = ServiceName::ALL.into_iter().map(|service| {
            let url = urls.get(&service).filter(|_| remote.contains_key(&service));
            (service, Outages::of(service, url, &clock))
        });
        let outages = outages.collect();
        Ok(Self(Arc::new(Inner { own, local, remote, outages, secrets, clock, timeout })))
    }

    /// Calls an internal endpoint that one service has.
    pub async fn call<E: Endpoint>(&self, endpoint: &E, input: &E::Sent<'_>) -> Result<E::Output, PeerError> {
        let owner = const {
            match E::OWNERS {
                [owner] => *owner,
                _ => panic!("several services have it: to(service).call(..)"),
            }
        };
        self.to(owner).call(endpoint, input).await
    }

    /// A handle to one peer.
    pub fn to(&self, service: ServiceName) -> Peer<'_> {
        Peer { peers: &self.0, service }
    }
}

/// Why peers cannot be configured.
#[derive(Debug, thiserror::Error)]
pub enum PeerConfigError {
    /// A URL is not usable.
    #[error("peers.{service}_url is not a http:// or https:// URL: {url}")]
    Url {
        /// Whose.
        service: ServiceName,
        /// The value.
        url: String,
    },
    /// The HTTP client could not be made.
    #[error("HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

/// One peer.
#[derive(Clone, Copy)]
pub struct Peer<'a> {
    peers: &'a Inner,
    service: ServiceName,
}

impl Peer<'_> {
    /// Calls one of its internal endpoints.
    pub async fn call<E: Endpoint>(&self, endpoint: &E, input: &E::Sent<'_>) -> Result<E::Output, PeerError> {
        let path = endpoint.path();
        let (method, path, body) = match E::METHOD {
            internal::Method::Get => {
                let query = serde_urlencoded::to_string(input).map_err(|error| self.unexpected(error.to_string()))?;
                (Method::GET, if query.is_empty() { path } else { format!("{path}?{query}") }, None)
            }
            internal::Method::Put => (Method::PUT, path, Some(input)),
            internal::Method::Post => (Method::POST, path, Some(input)),
        };
        self.json(method, &path, body).await
    }

    /// `GET` of what is there for everybody, answered with JSON.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, PeerError> {
        self.json(Method::GET, path, None::<&()>).await
    }

    async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, PeerError> {
        let bytes = self.answer(method, path, body).await?;
        serde_json::from_slice(&bytes).map_err(|error| self.unexpected(error.to_string()))
    }

    async fn answer(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<Bytes, PeerError> {
        let bytes = body
            .map(serde_json::to_vec)
            .transpose()
            .map_err(|error| self.unexpected(error.to_string()))?
            .map(Bytes::from);
        let mut request = Request::builder().method(method).uri(path);
        if bytes.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(bytes.unwrap_or_default()).map_err(|error| self.unexpected(error.to_string()))?;
        let response = self.prove(request).await?;
        let (parts, body) = response.into_parts();
        let bytes = self.whole(body).await?;
        if parts.status.is_success() {
            return Ok(bytes);
        }
        let problem = serde_json::from_slice(&bytes)
            .map_err(|_| self.unexpected(format!("status {} without a problem", parts.status)))?;
        Err(PeerError::Problem { service: self.service, problem: Box::new(problem) })
    }

    /// `GET` without the breaker and without a second try, to look at how the peer is: it must be seen as it is, and
    /// an answer that it is not ready is no reason to stop calling it.
    pub async fn probe(&self, path: &str) -> Result<Response<Body>, PeerError> {
        let request = Request::get(path).body(Bytes::new()).map_err(|error| self.unexpected(error.to_string()))?;
        match self.peers.remote.get(&self.service) {
            Some(remote) => remote.probe(request).await,
            None => self.send(request).await,
        }
    }

    /// Sends a whole request as this service, proving who it is, and gives the answer as it comes.
    async fn prove(&self, mut request: Request<Bytes>) -> Result<Response<Body>, PeerError> {
        let proof = token::mint(&self.peers.secrets, self.peers.own, self.service, self.peers.clock.now());
        let mut proof = HeaderValue::try_from(proof).map_err(|error| self.unexpected(error.to_string()))?;
        proof.set_sensitive(true);
        request.headers_mut().insert(token::HEADER, proof);
        // Elsewhere nobody looks at the proof: an answer says nothing of it.
        let is_internal = request.uri().path().starts_with("/internal/");
        let response = self.forward(request).await?;
        if is_internal { self.unless_refused(response).await } else { Ok(response) }
    }

    /// Tells a peer's not taking our word from its refusing what a caller wants.
    async fn unless_refused(&self, response: Response<Body>) -> Result<Response<Body>, PeerError> {
        let refusing = self.peers.outages.get(&self.service).map(|outages| &outages.refusing);
        if response.status() != StatusCode::UNAUTHORIZED {
            refusing.inspect(|outage| outage.over());
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let bytes = self.whole(body).await?;
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) if problem.kind == Problem::peer_refused().kind => {
                let reason = problem.detail.unwrap_or_default();
                refusing.inspect(|outage| outage.failed(&reason));
                Err(PeerError::Refused { service: self.service, reason })
            }
            _ => Ok(Response::from_parts(parts, full(bytes))),
        }
    }

    async fn whole(&self, body: Body) -> Result<Bytes, PeerError> {
        read(body, MAX_ANSWER).await.map_err(|error| self.unavailable(error.0))
    }

    /// Sends a request as it is: what it says of its caller is all that the peer gets to know.
    pub async fn forward(&self, request: Request<Bytes>) -> Result<Response<Body>, PeerError> {
        let outcome = self.send(request).await;
        if let Some(Outages { away, .. }) = self.peers.outages.get(&self.service) {
            match &outcome {
                Err(PeerError::Unavailable { reason, .. }) => away.failed(reason),
                _ => away.over(),
            }
        }
        outcome
    }

    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Body>, PeerError> {
        let context = crate::request::RequestContext::current();
        for (name, value) in [("x-request-id", &context.request_id), ("traceparent", &context.traceparent)] {
            if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
                request.headers_mut().insert(name, value);
            }
        }
        match self.peers.local.0.get(&self.service) {
            Some(place) => {
                let service = place.load_full().ok_or_else(|| self.unavailable("it is not running".to_owned()))?;
                let call = tower::ServiceExt::oneshot((*service).clone(), request.map(full));
                match tokio::time::timeout(self.peers.timeout, call).await {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(never)) => match never {},
                    Err(_) => Err(self.unavailable("no answer in time".to_owned())),
                }
            }
            None => match self.peers.remote.get(&self.service) {
                Some(remote) => remote.call(request).await,
                None => Err(self.unavailable(format!("peers.{}_url is not set", self.service))),
            },
        }
    }

    fn unavailable(&self, reason: String) -> PeerError {
        PeerError::Unavailable { service: self.service, reason }
    }

    fn unexpected(&self, reason: String) -> PeerError {
        PeerError::Unexpected { service: self.service, reason }
    }
}

/// All of a body, which may have so many bytes.
pub async fn read(body: Body, at_most: usize) -> Result<Bytes, BodyError> {
    let body = Limited::new(body, at_most).collect().await;
    body.map(http_body_util::Collected::to_bytes).map_err(|error| BodyError(error.to_string()))
}

/// A body in one piece.
pub fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// Whether a status says that the peer itself is in trouble.
fn is_failure(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}
