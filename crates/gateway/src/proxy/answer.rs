//! Answers a request: what walkthrough 2 of ARCHITECTURE.md describes, step by step.

use super::attempt::too_large;
use super::body::{AnswerBody, Source};
use super::core::Proxy;
use super::exchange::Exchange;
use super::forward::forward;
use super::headers;
use super::policy::{self, SentBody};
use super::who::{caller, key_caller, key_of, limit_key, limit_key_itself, still_acting};
use crate::edge::{Arrival, Client, RequestBody};
use crate::limits::Decision;
use crate::routing::{Asked, Found, NoRoute, canonical};
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HOST, RETRY_AFTER, VIA, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use orion_contracts::Problem;
use orion_contracts::gateway::RouteAccess;
use orion_infra::request::RequestContext;
use std::borrow::Cow;
use std::rc::Rc;
use tower::ServiceExt;

/// How often a request may pass here: a service behind may well call others through the gateway, and hand on `Via`.
const MOST_PASSES: usize = 4;
/// What is served at all.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

impl Proxy {
    /// Answers what came from a client. Whatever goes wrong becomes a problem.
    pub async fn answer(self: Rc<Self>, client: Rc<Client>, arrival: Arrival) -> Response<SentBody> {
        let mut exchange = Exchange::begin(self, client, arrival.as_ref().ok());
        let mut decision = None;
        let result = match arrival {
            Ok(request) => pass(&mut exchange, &mut decision, request).await,
            Err(refusal) => Err(refusal.problem()),
        };
        let (mut parts, source) = match result {
            Ok(response) => response.into_parts(),
            Err(problem) => of_problem(problem, &exchange).into_parts(),
        };
        let coding = policy::after(&mut exchange, &mut parts, &source);
        headers::of_answer(&mut parts.headers, &exchange, decision);
        exchange.answers(parts.status, &source);
        Response::from_parts(parts, SentBody::new(AnswerBody { source, exchange }, coding))
    }
}

async fn pass(
    exchange: &mut Exchange,
    decision: &mut Option<Decision>,
    mut request: Request<RequestBody>,
) -> Result<Response<Source>, Problem> {
    // The edge lets only OPTIONS ask for `*`: what is there at all (RFC 9110, section 9.3.7).
    if request.uri().path() == "*" {
        return Ok(options());
    }
    let proxy = exchange.proxy.clone();
    // First of all, so that the log names who was refused.
    exchange.address = proxy
        .settings
        .trusted_proxies
        .client(Some(exchange.client.peer), request.headers())
        .unwrap_or(exchange.address);
    let bad = |reason: canonical::NotCanonical| Problem::bad_request().detail(reason.to_string());
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = canonical_host(host, request.headers())?;
    let path = canonical::path(request.uri().path()).map_err(bad)?;
    // A path that is canonical as it came needs no text of its own.
    let rewritten = match path {
        Cow::Borrowed(_) => None,
        Cow::Owned(path) => Some(path),
    };
    let table = proxy.routes.get();
    let path = rewritten.as_deref().unwrap_or(request.uri().path());
    let no_route = |reason| match reason {
        NoRoute::Unknown => Problem::nothing_at(request.method().as_str(), path),
        reason => Problem::bad_request().detail(reason.to_string()),
    };
    let asked = Asked {
        method: request.method(),
        host: host.to_str().unwrap_or_default(),
        path,
        raw_path: request.uri().path(),
        query: request.uri().query(),
        headers: request.headers(),
        client: exchange.address,
    };
    let Found { number: index, route } = table.find(&asked).map_err(no_route)?;
    exchange.route = table.kept(index).map(|route| (route, index));
    exchange.version = proxy.routes.version();
    if let Some(policies) = route.policies.as_deref()
        && let Some(response) = policy::before(exchange, route, policies, &asked, host.to_str().unwrap_or_default())?
    {
        return Ok(response);
    }
    let Some(cluster) = route.upstream_of(request.headers(), proxy.ids.number()) else {
        return Ok(page(exchange, request).await);
    };
    exchange.ends = route.total.map(|total| exchange.deadline.now() + total);
    if route.max_head.is_some_and(|most| head_bytes(&request) > most) {
        return Err(Problem::headers_too_large().detail("The header section is larger than its route allows."));
    }
    if content_length(request.headers()) > route.max_body {
        return Err(too_large(route.max_body));
    }
    if route.looks_at_tokens() {
        exchange.identity = match key_of(route, request.headers_mut())? {
            None => {
                let found = caller(exchange, route, request.headers_mut())?;
                still_acting(exchange, route, found).await?
            }
            Some(_) if !route.api_keys && route.access == RouteAccess::Public => None,
            Some(_) if !route.api_keys => {
                return Err(Problem::permission_denied()
                    .detail("This is for people who have signed in: an API key does not do."));
            }
            Some(key) => key_caller(exchange, route, &key).await?,
        };
    }
    if route.access == RouteAccess::Authenticated && exchange.identity.is_none() {
        return Err(Problem::unauthenticated());
    }
    if request.headers().get_all(VIA).iter().map(|via| proxy.passes(via)).sum::<usize>() >= MOST_PASSES {
        tracing::warn!(route = %route.name, upstream = %cluster.name(), "the upstream of a route sends requests back here");
        return Err(Problem::loop_detected());
    }
    limit_key_itself(exchange)?;
    if let Some(limit) = &route.limit {
        let key = limit_key(exchange, &route.name);
        let verdict = proxy.shared.limiter.check(key, exchange.started, &limit.quota);
        *decision = Some(verdict);
        if let Decision::Limited { retry_after } = verdict {
            return Err(Problem::rate_limited().retry_after(retry_after));
        }
    }
    forward(exchange, route, cluster, host, rewritten.as_deref(), request).await
}

/// The canonical host as a header, with its port; the client's own value when it is canonical already.
fn canonical_host(host: &str, headers: &HeaderMap) -> Result<HeaderValue, Problem> {
    let bad = |reason: canonical::NotCanonical| Problem::bad_request().detail(reason.to_string());
    let canonical = canonical::host(host).map_err(bad)?;
    match (headers.get(HOST), canonical == host) {
        (Some(value), true) => Ok(value.clone()),
        _ => HeaderValue::from_str(&canonical).map_err(|_| bad(canonical::NotCanonical::Host)),
    }
}

fn content_length(headers: &HeaderMap) -> u64 {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

/// Bytes of a request's head, but for marks between its parts.
fn head_bytes<B>(request: &Request<B>) -> u64 {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    (target + fields.sum::<usize>()) as u64
}

/// What can be asked of the server as a whole.
fn options() -> Response<Source> {
    let mut response = Response::new(Source::Full(Bytes::new().into()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, METHODS);
    response
}

/// One of the gateway's own pages, none of which reads a body.
async fn page(exchange: &Exchange, request: Request<RequestBody>) -> Response<Source> {
    let told = RequestContext { request_id: request_id(exchange), ..RequestContext::default() };
    let answered = exchange.proxy.shared.pages.clone().oneshot(request.map(|_| axum::body::Body::empty()));
    let response = told.scope(answered).await.unwrap_or_else(|never| match never {});
    response.map(Source::Page)
}

fn request_id(exchange: &Exchange) -> Option<String> {
    exchange.request_id.to_str().ok().map(str::to_owned)
}

/// A problem as an answer.
fn of_problem(mut problem: Problem, exchange: &Exchange) -> Response<Source> {
    problem.request_id = request_id(exchange);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = Response::new(Source::Full(Bytes::from(body).into()));
    *response.status_mut() = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = problem.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if problem.status == 401 {
        let challenge = match problem.name() {
            "invalid-token" | "invalid-api-key" | "api-key-expired" | "api-key-revoked" | "api-key-suspended" => {
                HeaderValue::from_static("Bearer error=\"invalid_token\"")
            }
            _ => HeaderValue::from_static("Bearer"),
        };
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    response
}
