//! The layers around every service: request id, trace, metrics, access log, security headers, bounds, and the promise
//! that nothing leaves but answers and problems.

use super::{ServerConfig, TrustedProxies};
use crate::headers::{SECURITY, is_request_id};
use crate::idempotency;
use crate::problem::ApiProblem;
use crate::service::Context;
use crate::telemetry::continue_trace;
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, header};
use orion_contracts::Problem;
use orion_infra::metrics::HttpMetrics;
use orion_infra::peers::token;
use orion_infra::request::RequestContext;
use orion_infra::{Infra, audit};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

/// Headers on every answer beside those of the gateway's, unless the endpoint has set its own.
const OF_SERVICES: [(HeaderName, HeaderValue); 2] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// The public keys: each process reads them every minute.
const JWKS: &str = "/.well-known/jwks.json";

/// The header that carries a request's id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

struct Layer {
    context: Context,
    proxies: TrustedProxies,
    timeout: Duration,
}

pub(super) fn wrap(router: Router, context: &Context, config: &ServerConfig) -> Router {
    let layer = Arc::new(Layer {
        context: context.clone(),
        proxies: config.trusted_proxies.clone(),
        timeout: Duration::from_millis(config.request_timeout_ms),
    });
    router
        .layer(from_fn_with_state(config.max_body_bytes, idempotency::bind))
        .layer(DefaultBodyLimit::max(config.max_body_bytes))
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("an endpoint panicked");
            ApiProblem(Problem::internal()).into_response()
        }))
        .layer(from_fn_with_state(layer, around))
}

async fn around(State(layer): State<Arc<Layer>>, mut request: Request, next: Next) -> Response {
    let infra = &layer.context.infra;
    let started = infra.clock.monotonic();
    let told = tell(&layer, &request);
    let id = told.request_id.clone().unwrap_or_default();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let is_peer = request.headers().contains_key(token::HEADER);
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let size = request.body().size_hint().exact();
    request.extensions_mut().insert(layer.context.clone());
    let trace = told.traceparent.as_deref().and_then(|trace| trace.get(3..35)).unwrap_or_default();
    let span = tracing::info_span!("request", service = %infra.service, request_id = %id, trace_id = trace);
    let work = async {
        match tokio::time::timeout(layer.timeout, next.run(request)).await {
            Ok(response) => response,
            Err(_) => {
                tracing::warn!(%method, path, "no answer in time");
                ApiProblem(Problem::unavailable().detail("This took too long and was given up.")).into_response()
            }
        }
    };
    let work = async {
        match audit::noting(infra, work).await {
            (response, Ok(())) => response,
            (_, Err(error)) => {
                tracing::error!(%error, "what was decided cannot be logged");
                let detail = "What was decided cannot be logged at the moment, so it is not answered.";
                ApiProblem(Problem::unavailable().detail(detail).retry_after(1)).into_response()
            }
        }
    };
    let mut response = told.scope(work.instrument(span.clone())).await;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    for (name, value) in SECURITY.into_iter().chain(OF_SERVICES) {
        headers.entry(name).or_insert(value);
    }
    let elapsed = infra.clock.monotonic() - started;
    count(&infra.requests, &method, &route, &response, size, elapsed);
    span.in_scope(|| log(&method, &path, is_peer, &response, elapsed));
    response
}

fn log(method: &Method, path: &str, is_peer: bool, response: &Response, elapsed: Duration) {
    // Microseconds are exact enough, and three digits after the point can be read.
    let (status, ms) = (response.status().as_u16(), (elapsed.as_secs_f64() * 1e6).round() / 1e3);
    // Probes, and what services ask each other, would drown everything else. Whoever only says that they are a service
    // hides nothing by it but reads of the public keys.
    let is_quiet = matches!(path, "/livez" | "/readyz" | "/metrics") || path.starts_with("/internal/");
    if is_quiet || (is_peer && path == JWKS) {
        tracing::debug!(target: "access", %method, path, status, ms);
    } else {
        tracing::info!(target: "access", %method, path, status, ms);
    }
}

/// What is known of the request: ids of the caller's are kept when they are well formed.
fn tell(layer: &Layer, request: &Request) -> RequestContext {
    let Infra { clock, random, .. } = &layer.context.infra;
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let given = text("x-request-id").filter(|id| is_request_id(id.as_bytes()));
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let request_id = given.map_or_else(|| random.id::<uuid::Uuid>(clock).to_string(), str::to_owned);
    RequestContext {
        request_id: Some(request_id),
        traceparent: Some(continue_trace(text("traceparent"), random)),
        ip_address: layer.proxies.client(connection, request.headers()).map(|address| address.to_string()),
        user_agent: text("user-agent").map(|agent| agent.chars().take(512).collect()),
    }
}

/// Counts one request.
fn count(
    metrics: &HttpMetrics,
    method: &Method,
    route: &str,
    response: &Response,
    size: Option<u64>,
    elapsed: Duration,
) {
    // Any caller can invent a method; labels stay bounded.
    let method = match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    };
    let status = response.status();
    metrics.requests.with_label_values(&[method, route, status.as_str()]).inc();
    metrics.duration.with_label_values(&[method, route, status.as_str()]).observe(elapsed.as_secs_f64());
    let answered = Body::size_hint(response.body()).exact();
    for (histogram, size) in [(&metrics.request_size, size), (&metrics.response_size, answered)] {
        if let Some(bytes) = size {
            #[allow(clippy::cast_precision_loss, reason = "sizes of bodies are far below 2^52")]
            histogram.with_label_values(&[method, route]).observe(bytes as f64);
        }
    }
}
