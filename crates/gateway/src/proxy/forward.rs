//! Sends a request to its upstream and waits for the answer's head.

use super::answer::too_large;
use super::body::{RequestBody, Source, UpstreamBody};
use super::exchange::Exchange;
use super::headers;
use super::pool::{Connected, Pool};
use crate::edge::connection::until;
use crate::routing::reserved::is_internal;
use crate::routing::{Route, Upstream};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::{Body, Incoming};
use orion_contracts::Problem;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;

/// A client that does not send has this long, in milliseconds, to be noticed by the filter before the request ends here.
const GRACE: u64 = 1_000;

/// Why there is no answer.
enum Failure {
    /// The connection was closed, or broke, or what came was no HTTP. The request, if nothing of it was sent.
    Broken(Option<Box<Request<RequestBody>>>, hyper::Error),
    /// Nothing came in time.
    Timeout,
}

/// Forwards a request. `path` is its canonical path, when that is not how it came.
pub(super) async fn forward(
    exchange: &Exchange,
    route: &Route,
    upstream: &Upstream,
    host: HeaderValue,
    path: Option<&str>,
    request: Request<Incoming>,
) -> Result<Response<Source>, Problem> {
    let uri = rewrite(request.uri(), path, route.strip, &upstream.base)?;
    let connection = &exchange.connection;
    let (mut parts, body) = request.into_parts();
    headers::to_upstream(&mut parts.headers, exchange, route, host, &upstream.host);
    parts.uri = uri;
    parts.version = Version::HTTP_11;
    let bodyless = body.is_end_stream();
    let idempotent =
        matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE);
    let body = RequestBody::new(body, connection.clone(), route.max_body, route.timeout);
    let mut request = Request::from_parts(parts, body);

    if let Some(mut connected) = exchange.core.pool.take(&upstream.address) {
        let again = (bodyless && idempotent).then(|| head_of(&request));
        match send(exchange, &mut connected, request).await {
            Ok(response) => return answered(exchange, route, upstream, connected, response),
            // A connection that lay idle may be closed by its other end at any moment: one more try, on a new one.
            Err(Failure::Broken(Some(unsent), _)) => request = *unsent,
            Err(Failure::Broken(None, error)) => {
                let body = RequestBody::empty(connection.clone(), route.timeout);
                match again.filter(|_| !error.is_parse()) {
                    Some(head) => request = head.map(|()| body),
                    None => return Err(problem(exchange, route, Failure::Broken(None, error))),
                }
            }
            Err(failure) => return Err(problem(exchange, route, failure)),
        }
    }
    let mut connected = connect(exchange, route, upstream).await?;
    if bodyless {
        connection.deadlines.answer.set(connection.deadlines.now() + route.timeout);
    }
    match send(exchange, &mut connected, request).await {
        Ok(response) => answered(exchange, route, upstream, connected, response),
        Err(failure) => Err(problem(exchange, route, failure)),
    }
}

/// What the upstream is asked for: always a path, never an authority.
fn rewrite(uri: &Uri, path: Option<&str>, strip: usize, base: &str) -> Result<Uri, Problem> {
    if path.is_none() && strip == 0 && base.is_empty() && uri.authority().is_none() {
        return Ok(uri.clone());
    }
    let rest = path.unwrap_or(uri.path()).get(strip..).unwrap_or_default();
    let mut text = String::with_capacity(base.len() + uri.path_and_query().map_or(0, |path| path.as_str().len()) + 1);
    text.push_str(base);
    text.push_str(rest);
    if text.is_empty() || rest.is_empty() && base.is_empty() {
        text.push('/');
    }
    // A prefix that is stripped must not open another way to what is internal.
    if is_internal(&text) {
        return Err(Problem::not_found());
    }
    if let Some(query) = uri.query() {
        text.push('?');
        text.push_str(query);
    }
    let path = PathAndQuery::try_from(text).map_err(|_| Problem::bad_request())?;
    Ok(Uri::from(path))
}

/// A copy of a request's head.
fn head_of(request: &Request<RequestBody>) -> Request<()> {
    let mut head = Request::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.headers_mut() = request.headers().clone();
    head
}

async fn connect(exchange: &Exchange, route: &Route, upstream: &Upstream) -> Result<Connected, Problem> {
    let deadlines = &exchange.connection.deadlines;
    deadlines.answer.set(deadlines.now() + exchange.core.settings.connect.as_millis() as u64);
    let outcome = until(deadlines, &deadlines.answer, Pool::connect(&upstream.address)).await;
    deadlines.answer.set(crate::edge::deadlines::NEVER);
    match outcome {
        Some(Ok(connected)) => Ok(connected),
        Some(Err(error)) => {
            tracing::warn!(upstream = %upstream.address, %error, "no connection to the upstream");
            Err(Problem::bad_gateway()
                .detail(format!("The service of the route \"{}\" cannot be reached.", route.name)))
        }
        None => {
            tracing::warn!(upstream = %upstream.address, "no connection to the upstream in time");
            let detail = format!("The service of the route \"{}\" cannot be reached in time.", route.name);
            Err(Problem::gateway_timeout().detail(detail))
        }
    }
}

/// Sends a request and drives its connection until the answer's head is there.
async fn send(
    exchange: &Exchange,
    connected: &mut Connected,
    request: Request<RequestBody>,
) -> Result<Response<Incoming>, Failure> {
    let mut sending = pin!(connected.sender.try_send_request(request));
    let deadlines = &exchange.connection.deadlines;
    std::future::poll_fn(|context| {
        connected.drive(context);
        if let Poll::Ready(outcome) = sending.as_mut().poll(context) {
            return Poll::Ready(
                outcome.map_err(|mut error| Failure::Broken(error.take_message().map(Box::new), error.into_error())),
            );
        }
        let now = deadlines.now();
        match deadlines.answer.get() <= now || deadlines.receive.get().saturating_add(GRACE) <= now {
            true => Poll::Ready(Err(Failure::Timeout)),
            false => Poll::Pending,
        }
    })
    .await
}

/// The upstream's answer as the client's.
fn answered(
    exchange: &Exchange,
    route: &Route,
    upstream: &Upstream,
    connected: Connected,
    response: Response<Incoming>,
) -> Result<Response<Source>, Problem> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(
            Problem::bad_gateway().detail("The service behind switched to a protocol that it was not asked for.")
        );
    }
    let deadlines = &exchange.connection.deadlines;
    deadlines.answer.set(deadlines.now() + route.timeout);
    let (mut parts, incoming) = response.into_parts();
    headers::from_upstream(&mut parts.headers);
    parts.version = Version::HTTP_11;
    let address = upstream.address.clone();
    let body = UpstreamBody { incoming, connected: Some(connected), ended: false, address, timeout: route.timeout };
    Ok(Response::from_parts(parts, Source::Upstream(body)))
}

/// What the client is told of a failure: its own part in it first.
fn problem(exchange: &Exchange, route: &Route, failure: Failure) -> Problem {
    let connection = &exchange.connection;
    if connection.too_large.get() {
        return too_large(route.max_body);
    }
    if connection.body_failed.get()
        && let Some(refusal) = connection.refusal.get()
    {
        return refusal.problem();
    }
    match failure {
        Failure::Timeout if connection.deadlines.receive.get() <= connection.deadlines.now() => {
            Problem::request_timeout()
        }
        Failure::Timeout => Problem::gateway_timeout(),
        Failure::Broken(_, error) => {
            tracing::warn!(route = %route.name, %error, "the upstream gave no valid answer");
            Problem::bad_gateway()
        }
    }
}
