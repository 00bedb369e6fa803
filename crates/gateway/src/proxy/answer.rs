//! Answers a request: what walkthrough 2 of ARCHITECTURE.md describes, step by step.

use super::body::{AnswerBody, Source};
use super::exchange::Exchange;
use super::forward::forward;
use super::headers;
use crate::edge::connection::Connection;
use crate::edge::core::Core;
use crate::edge::framing::{REFUSED_METHOD, Refusal};
use crate::identity::{Rejected, Verified};
use crate::limits::{Decision, Quota};
use crate::routing::{Asked, Found, NoRoute, Route, Target, canonical};
use bytes::Bytes;
use http::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HOST, RETRY_AFTER, VIA, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use orion_contracts::gateway::RouteAccess;
use orion_contracts::{Problem, Secret};
use orion_http::credential::{X_API_KEY, api_key};
use orion_http::identity::{Circumstances, KeyRefused};
use orion_http::server::client_network;
use orion_infra::request::RequestContext;
use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;
use tower::ServiceExt;

/// Tokens of one address that turn out to be forged.
const UNVERIFIED: Quota = Quota::new(600, Duration::from_secs(60));
/// What they are counted for.
const UNVERIFIED_TOKENS: &str = "unverified tokens";
/// How often a request may pass here: a service behind may well call others through the gateway, and hand on `Via`.
const MOST_PASSES: usize = 4;
/// What is served at all.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

/// Answers a request. Whatever goes wrong becomes a problem.
pub async fn answer(core: Rc<Core>, connection: Rc<Connection>, request: Request<Incoming>) -> Response<AnswerBody> {
    let mut exchange = Exchange::begin(core, connection, &request);
    let mut decision = None;
    let result = pass(&mut exchange, &mut decision, request).await;
    let (mut parts, source) = match result {
        Ok(response) => response.into_parts(),
        Err(problem) => of_problem(problem, &exchange).into_parts(),
    };
    headers::of_answer(&mut parts.headers, &exchange, decision);
    exchange.answers(parts.status, &source);
    Response::from_parts(parts, AnswerBody { source, exchange })
}

async fn pass(
    exchange: &mut Exchange,
    decision: &mut Option<Decision>,
    mut request: Request<Incoming>,
) -> Result<Response<Source>, Problem> {
    if request.method().as_str() == REFUSED_METHOD {
        exchange.refused = true;
        return Err(Refusal::of_path(request.uri().path()).map_or_else(Problem::bad_request, Refusal::problem));
    }
    // The filter lets only OPTIONS ask for `*`: what is there at all (RFC 9110, section 9.3.7).
    if request.uri().path() == "*" {
        return Ok(options());
    }
    let core = exchange.core.clone();
    // First of all, so that the log names who was refused.
    exchange.client = core
        .settings
        .trusted_proxies
        .client(Some(exchange.connection.peer), request.headers())
        .unwrap_or(exchange.client);
    let bad = |reason: canonical::NotCanonical| Problem::bad_request().detail(reason.to_string());
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = canonical_host(host, request.headers())?;
    let path = canonical::path(request.uri().path()).map_err(bad)?;
    // A path that is canonical as it came needs no text of its own.
    let rewritten = match path {
        Cow::Borrowed(_) => None,
        Cow::Owned(path) => Some(path),
    };
    let table = core.routes.get();
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
        client: exchange.client,
    };
    let Found { number: index, route } = table.find(&asked).map_err(no_route)?;
    exchange.route = Some((table.clone(), index));
    exchange.version = core.routes.version();
    let upstream = match &route.target {
        Target::Gateway => return Ok(page(exchange, request).await),
        Target::Upstream(upstream) => upstream,
    };
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
    if request.headers().get_all(VIA).iter().map(|via| core.passes(via)).sum::<usize>() >= MOST_PASSES {
        tracing::warn!(route = %route.name, upstream = %upstream.address, "the upstream of a route sends requests back here");
        return Err(Problem::loop_detected());
    }
    limit_key_itself(exchange)?;
    if let Some(limit) = &route.limit {
        let key = limit_key(exchange, &route.name);
        let verdict = core.shared.limiter.check(key, exchange.started, &limit.quota);
        *decision = Some(verdict);
        if let Decision::Limited { retry_after } = verdict {
            return Err(Problem::rate_limited().retry_after(retry_after));
        }
    }
    forward(exchange, route, upstream, host, rewritten.as_deref(), request).await
}

/// Who calls. On a public route a token that is no good says nothing: the client may have forgotten to renew it, or it is
/// meant for the service behind. What may be a token of ORION's is taken from the request, unless the route passes it on.
fn caller(exchange: &Exchange, route: &Route, headers: &mut HeaderMap) -> Result<Option<Rc<Verified>>, Problem> {
    let core = &exchange.core;
    let now = core.wall_at(exchange.started).timestamp();
    let may_verify = || exhausted(exchange).is_none();
    let outcome = core.authenticator.authenticate(headers, now, may_verify);
    if let Err(Rejected::Unverified) = outcome {
        core.shared.limiter.check(address_key(exchange, UNVERIFIED_TOKENS), exchange.started, &UNVERIFIED);
    }
    if !route.forward_token && !matches!(outcome, Ok(None) | Err(Rejected::Foreign)) {
        headers.remove(AUTHORIZATION);
    }
    outcome.or_else(|rejected| match rejected {
        Rejected::Ambiguous => Err(Problem::bad_request().detail("There is more than one Authorization header.")),
        // Who calls cannot be told yet; saying "nobody" would be wrong as often as not.
        Rejected::NoKeys => Err(Problem::keys_unknown()),
        // The same: the token was not looked at, and may be a good one.
        Rejected::TooMany => Err(Problem::rate_limited().retry_after(exhausted(exchange).unwrap_or(1))),
        _ if route.access == RouteAccess::Public => Ok(None),
        Rejected::Foreign | Rejected::Ended | Rejected::Unverified => Err(Problem::invalid_token()),
    })
}

/// The same caller, unless somebody acts as them who may do so no more. ORION's own services ask that themselves; others cannot.
async fn still_acting(
    exchange: &Exchange,
    route: &Route,
    found: Option<Rc<Verified>>,
) -> Result<Option<Rc<Verified>>, Problem> {
    let core = &exchange.core;
    let acting = found.as_ref().filter(|found| found.claims.act.is_some() && !route.reserved);
    let (Some(acting), Some(identity)) = (acting, &core.shared.identity) else { return Ok(found) };
    let client = exchange.client.to_string();
    let circumstances = Circumstances::of(&acting.claims, Some(&client), core.wall_at(exchange.started));
    let access = identity.access(&acting.claims).await?.under(circumstances);
    match access.is_actor_allowed() {
        true => Ok(found),
        false if route.access == RouteAccess::Public => Ok(None),
        false => Err(Problem::permission_denied().detail("Whoever acts as this user may not act as others any more.")),
    }
}

/// The API key of a request. It is taken from the request, unless the route passes it on.
fn key_of(route: &Route, headers: &mut HeaderMap) -> Result<Option<Secret>, Problem> {
    let Some(key) = api_key(headers)?.map(Secret::new) else { return Ok(None) };
    if !route.forward_token {
        headers.remove(AUTHORIZATION);
        headers.remove(X_API_KEY);
    }
    Ok(Some(key))
}

/// Who calls with an API key. On a public route one that is no good says nothing, as a token does.
async fn key_caller(exchange: &Exchange, route: &Route, key: &Secret) -> Result<Option<Rc<Verified>>, Problem> {
    let Some(identity) = &exchange.core.shared.identity else { return Err(Problem::invalid_api_key()) };
    let outcome = identity.api_key(key.expose(), || exhausted(exchange).is_none()).await;
    if let Err(KeyRefused::Unknown) = outcome {
        exchange.core.shared.limiter.check(address_key(exchange, UNVERIFIED_TOKENS), exchange.started, &UNVERIFIED);
    }
    match outcome {
        Ok(key) => {
            // ORION's own services count what they are sent.
            if !route.reserved {
                identity.used(&key);
            }
            Ok(Some(Rc::new(Verified::with_key(&key))))
        }
        Err(KeyRefused::TooMany) => Err(Problem::rate_limited().retry_after(exhausted(exchange).unwrap_or(1))),
        // Who calls cannot be told; saying "nobody" would be wrong as often as not.
        Err(refused @ KeyRefused::Unavailable) => Err(refused.into()),
        Err(_) if route.access == RouteAccess::Public => Ok(None),
        Err(refused) => Err(refused.into()),
    }
}

/// Counts a request for the limit that its API key has by itself, on whatever route.
fn limit_key_itself(exchange: &mut Exchange) -> Result<(), Problem> {
    let limited = exchange.identity.as_ref().and_then(|identity| Some((identity.claims.jti, identity.rate_limit?)));
    let Some((id, limit)) = limited else { return Ok(()) };
    let core = &exchange.core;
    let quota = Quota::new(limit, Duration::from_secs(60));
    let verdict = core.shared.limiter.check(core.hash.hash_one(("api key", id)), exchange.started, &quota);
    exchange.key_limit = Some((verdict, limit));
    match verdict {
        Decision::Limited { retry_after } => Err(Problem::rate_limited()
            .detail(format!("This API key may make {limit} requests a minute."))
            .retry_after(retry_after)),
        Decision::Allowed { .. } => Ok(()),
    }
}

/// For how many seconds no more tokens of the client's address are looked at, when too many were forged: looking at
/// signatures costs a core more than the rest of a request.
fn exhausted(exchange: &Exchange) -> Option<u64> {
    let key = address_key(exchange, UNVERIFIED_TOKENS);
    exchange.core.shared.limiter.exhausted(key, exchange.started, &UNVERIFIED)
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

pub(super) fn too_large(limit: u64) -> Problem {
    Problem::payload_too_large().detail(format!("The body may have at most {limit} bytes."))
}

/// Whom a request counts for: the user, else the client's address.
fn limit_key(exchange: &Exchange, route: &str) -> u64 {
    match &exchange.identity {
        Some(identity) => exchange.core.hash.hash_one((route, identity.claims.sub)),
        None => address_key(exchange, route),
    }
}

/// The client's address for one purpose.
fn address_key(exchange: &Exchange, purpose: &str) -> u64 {
    exchange.core.hash.hash_one((purpose, client_network(exchange.client)))
}

/// What can be asked of the server as a whole.
fn options() -> Response<Source> {
    let mut response = Response::new(Source::Full(Bytes::new().into()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, METHODS);
    response
}

/// One of the gateway's own pages.
async fn page(exchange: &Exchange, request: Request<Incoming>) -> Response<Source> {
    let told = RequestContext { request_id: request_id(exchange), ..RequestContext::default() };
    let answered = exchange.core.shared.pages.clone().oneshot(request.map(axum::body::Body::new));
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
