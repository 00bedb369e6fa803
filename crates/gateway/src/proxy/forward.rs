//! Sends a request to its upstream and waits for the answer's head.

use super::answer::too_large;
use super::body::{RequestBody, Source, UpstreamBody};
use super::exchange::Exchange;
use super::headers::Outgoing;
use super::upstream::{Failure, Pool, UpstreamConnection};
use crate::edge::connection::until;
use crate::edge::deadlines::NEVER;
use crate::routing::reserved::is_internal;
use crate::routing::{Route, Upstream};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use hyper::body::{Body, Incoming};
use orion_contracts::Problem;
use std::borrow::Cow;
use std::task::Poll;

/// A client that does not send has this long, in milliseconds, to be noticed by the filter before the request ends here.
const GRACE: u64 = 1_000;

/// Forwards a request. `path` is its canonical path, when that is not how it came.
pub(super) async fn forward(
    exchange: &Exchange,
    route: &Route,
    upstream: &Upstream,
    host: HeaderValue,
    path: Option<&str>,
    request: Request<Incoming>,
) -> Result<Response<Source>, Problem> {
    let connection = &exchange.connection;
    let (parts, body) = request.into_parts();
    let target = target(&parts.uri, path, route.strip, &upstream.base)?;
    let body = RequestBody::new(body, connection.clone(), route.max_body, route.timeout);
    let (bodyless, of_head) = (body.is_end_stream(), parts.method == Method::HEAD);
    let idempotent =
        matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE);
    let head = exchange.core.write_head(&Outgoing {
        exchange,
        route,
        upstream,
        host: &host,
        method: &parts.method,
        target: &target,
        headers: &parts.headers,
        length: body.size_hint().exact(),
    });
    let body = match exchange.core.pool.take(&upstream.address) {
        None => body,
        Some(mut connected) => {
            connected.begin(&head, body, of_head);
            match answer_of(exchange, route, &mut connected).await {
                Ok(response) => return answered(exchange, route, upstream, connected, response),
                // A connection that lay idle may be closed by its other end at any moment: one more try, on a new one.
                Err(Failed::Upstream(Failure::Closed)) if bodyless && idempotent => {
                    RequestBody::empty(connection.clone(), route.timeout)
                }
                Err(failed) => return Err(problem(exchange, route, &failed)),
            }
        }
    };
    let mut connected = connect(exchange, route, upstream).await?;
    if bodyless {
        connection.deadlines.answer.set(connection.deadlines.now() + route.timeout);
    }
    connected.begin(&head, body, of_head);
    match answer_of(exchange, route, &mut connected).await {
        Ok(response) => answered(exchange, route, upstream, connected, response),
        Err(failed) => Err(problem(exchange, route, &failed)),
    }
}

/// What the upstream is asked for: always a path, never an authority.
fn target<'a>(uri: &'a Uri, path: Option<&str>, strip: usize, base: &str) -> Result<Cow<'a, str>, Problem> {
    // A target with an authority may have a query and no path.
    if path.is_none() && strip == 0 && base.is_empty() && uri.authority().is_none() {
        return Ok(Cow::Borrowed(uri.path_and_query().map_or("/", PathAndQuery::as_str)));
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
    match PathAndQuery::try_from(text.as_str()) {
        Ok(_) => Ok(Cow::Owned(text)),
        Err(_) => Err(Problem::bad_request()),
    }
}

async fn connect(exchange: &Exchange, route: &Route, upstream: &Upstream) -> Result<Box<UpstreamConnection>, Problem> {
    let deadlines = &exchange.connection.deadlines;
    deadlines.answer.set(deadlines.now() + exchange.core.settings.connect.as_millis() as u64);
    let outcome = until(deadlines, &deadlines.answer, Pool::connect(&upstream.address)).await;
    deadlines.answer.set(NEVER);
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

/// Why there is no answer.
enum Failed {
    /// The upstream gave none.
    Upstream(Failure),
    /// Nothing came in time.
    Timeout,
}

/// Sends a request and waits for its answer's head.
async fn answer_of(
    exchange: &Exchange,
    route: &Route,
    connected: &mut UpstreamConnection,
) -> Result<Response<()>, Failed> {
    let deadlines = &exchange.connection.deadlines;
    std::future::poll_fn(|context| {
        if let Poll::Ready(outcome) = connected.poll_answer(context) {
            return Poll::Ready(outcome.map_err(Failed::Upstream));
        }
        let now = deadlines.now();
        // All of the body has come, though the upstream has not taken it: only the upstream is waited for.
        if deadlines.receive.get() == NEVER && deadlines.answer.get() == NEVER {
            deadlines.answer.set(now + route.timeout);
        }
        match deadlines.answer.get() <= now || deadlines.receive.get().saturating_add(GRACE) <= now {
            true => Poll::Ready(Err(Failed::Timeout)),
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
    connected: Box<UpstreamConnection>,
    response: Response<()>,
) -> Result<Response<Source>, Problem> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(
            Problem::bad_gateway().detail("The service behind switched to a protocol that it was not asked for.")
        );
    }
    let deadlines = &exchange.connection.deadlines;
    deadlines.answer.set(deadlines.now() + route.timeout);
    let address = upstream.address.clone();
    let body = UpstreamBody { connection: Some(connected), address, timeout: route.timeout };
    Ok(response.map(|()| Source::Upstream(body)))
}

/// What the client is told of a failure: its own part in it first.
fn problem(exchange: &Exchange, route: &Route, failed: &Failed) -> Problem {
    let connection = &exchange.connection;
    if connection.too_large.get() {
        return too_large(route.max_body);
    }
    if connection.body_failed.get()
        && let Some(refusal) = connection.refusal.get()
    {
        return refusal.problem();
    }
    match failed {
        Failed::Timeout if connection.deadlines.receive.get() <= connection.deadlines.now() => {
            Problem::request_timeout()
        }
        Failed::Timeout => Problem::gateway_timeout(),
        Failed::Upstream(error) => {
            tracing::warn!(route = %route.name, %error, "the upstream gave no valid answer");
            Problem::bad_gateway()
        }
    }
}
