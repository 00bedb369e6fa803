//! Sends a request to its upstream and waits for the answer's head.

use super::answer::too_large;
use super::body::{BodyError, RequestBody, Source, UpstreamBody};
use super::exchange::Exchange;
use super::headers::Outgoing;
use super::upstream::{FRESH, Failure, Pool, UpstreamConnection, Waits};
use crate::edge::connection::until;
use crate::edge::deadlines::NEVER;
use crate::edge::framing::Refusal;
use crate::observe::Outcome;
use crate::routing::{Asked, NoTarget, Route, Upstream};
use http::header::EXPECT;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::{Body, Incoming};
use orion_contracts::Problem;
use std::borrow::Cow;
use std::task::Poll;
use std::time::Duration;

/// How long, in milliseconds, a body that its client was told to wait with waits for the upstream's leave. Many servers do
/// not know the question (RFC 9110, section 10.1.1).
const LEAVE: u64 = 1_000;

/// Forwards a request. `path` is its canonical path, when that is not how it came.
pub(super) async fn forward(
    exchange: &mut Exchange,
    route: &Route,
    upstream: &Upstream,
    host: HeaderValue,
    path: Option<&str>,
    request: Request<Incoming>,
) -> Result<Response<Source>, Problem> {
    let connection = exchange.connection.clone();
    let (parts, body) = request.into_parts();
    let asked = Asked {
        method: &parts.method,
        host: host.to_str().unwrap_or_default(),
        path: path.unwrap_or(parts.uri.path()),
        raw_path: parts.uri.path(),
        query: parts.uri.query(),
        headers: &parts.headers,
        client: exchange.client,
    };
    let target = target(&parts.uri, &route.upstream_path(&upstream.base, &asked).map_err(no_target)?, path.is_none())?;
    let body = RequestBody::new(body, connection.clone(), route.max_body);
    let (bodyless, of_head) = (body.is_end_stream(), parts.method == Method::HEAD);
    let idempotent =
        matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE);
    let repeatable = bodyless && idempotent;
    let expects = !bodyless && is_expected(&parts);
    let head = exchange.core.write_head(&Outgoing {
        exchange: &*exchange,
        route,
        upstream,
        host: &host,
        method: &parts.method,
        target: &target,
        headers: &parts.headers,
        length: body.size_hint().exact(),
        expects,
    });
    let since = if repeatable { Duration::ZERO } else { exchange.started.saturating_sub(FRESH) };
    let body = match exchange.core.pool.take(&upstream.address, since) {
        None => body,
        Some(mut connected) => {
            connected.begin(&head, body, of_head, expects);
            match answer_of(exchange, route, &mut connected).await {
                Ok(response) => return answered(exchange, route, upstream, connected, response),
                // A connection that lay idle may be closed by its other end at any moment: one more try, on a new one.
                Err(Failed::Upstream(Failure::Closed)) if repeatable => RequestBody::empty(connection),
                Err(failed) => return Err(problem(exchange, route, &failed)),
            }
        }
    };
    let mut connected = connect(exchange, route, upstream).await?;
    connected.begin(&head, body, of_head, expects);
    match answer_of(exchange, route, &mut connected).await {
        Ok(response) => answered(exchange, route, upstream, connected, response),
        Err(failed) => Err(problem(exchange, route, &failed)),
    }
}

/// Whether the client waits to be asked for its body; HTTP/1.0 knows no such thing.
fn is_expected(parts: &Parts) -> bool {
    let expect = parts.headers.get(EXPECT);
    parts.version == Version::HTTP_11
        && expect.is_some_and(|expect| expect.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// What the upstream is asked for: always a path, never an authority.
fn target<'a>(uri: &'a Uri, path: &str, is_as_it_came: bool) -> Result<Cow<'a, str>, Problem> {
    // A target with an authority may have a query and no path.
    if is_as_it_came && path == uri.path() && uri.authority().is_none() {
        return Ok(Cow::Borrowed(uri.path_and_query().map_or("/", PathAndQuery::as_str)));
    }
    let mut text = path.to_owned();
    if let Some(query) = uri.query() {
        text.push('?');
        text.push_str(query);
    }
    match PathAndQuery::try_from(text.as_str()) {
        Ok(_) => Ok(Cow::Owned(text)),
        Err(_) => Err(Problem::bad_request()),
    }
}

/// Nobody is told that something internal is there.
fn no_target(reason: NoTarget) -> Problem {
    match reason {
        NoTarget::Internal => Problem::not_found(),
        NoTarget::NotCanonical => Problem::bad_request().detail(format!("{reason}.")),
    }
}

async fn connect(
    exchange: &mut Exchange,
    route: &Route,
    upstream: &Upstream,
) -> Result<Box<UpstreamConnection>, Problem> {
    let deadlines = &exchange.connection.deadlines;
    deadlines.answer.set(deadlines.now() + exchange.core.settings.connect.as_millis() as u64);
    let outcome = until(deadlines, &deadlines.answer, Pool::connect(&upstream.address)).await;
    deadlines.answer.set(NEVER);
    match outcome {
        Some(Ok(connected)) => Ok(connected),
        Some(Err(error)) => {
            exchange.fails(Outcome::UpstreamUnreachable);
            tracing::warn!(upstream = %upstream.address, %error, "no connection to the upstream");
            Err(Problem::bad_gateway()
                .detail(format!("The service of the route \"{}\" cannot be reached.", route.name)))
        }
        None => {
            exchange.fails(Outcome::UpstreamUnreachable);
            tracing::warn!(upstream = %upstream.address, "no connection to the upstream in time");
            let detail = format!("The service of the route \"{}\" cannot be reached in time.", route.name);
            Err(Problem::gateway_timeout().detail(detail))
        }
    }
}

/// Why there is no answer.
enum Failed {
    /// The upstream gave none, or the client's body broke off.
    Upstream(Failure),
    /// The upstream neither took nor said anything in time.
    Silent,
}

/// Sends a request and waits for its answer's head. While the client's body is waited for, the filter looks after the time
/// that takes.
async fn answer_of(
    exchange: &Exchange,
    route: &Route,
    connected: &mut UpstreamConnection,
) -> Result<Response<()>, Failed> {
    let deadlines = &exchange.connection.deadlines;
    let leave = deadlines.now() + LEAVE;
    std::future::poll_fn(|context| {
        loop {
            if let Poll::Ready(outcome) = connected.poll_answer(context) {
                return Poll::Ready(outcome.map_err(Failed::Upstream));
            }
            let now = deadlines.now();
            match connected.waits() {
                Waits::Leave if leave <= now => {
                    connected.release();
                    continue;
                }
                Waits::Leave => deadlines.answer.set(leave),
                Waits::Client => deadlines.answer.set(NEVER),
                Waits::Upstream { moved } if moved || deadlines.answer.get() == NEVER => {
                    deadlines.answer.set(now + route.timeout);
                }
                Waits::Upstream { .. } if deadlines.answer.get() <= now => return Poll::Ready(Err(Failed::Silent)),
                Waits::Upstream { .. } => {}
            }
            return Poll::Pending;
        }
    })
    .await
}

/// The upstream's answer as the client's.
fn answered(
    exchange: &mut Exchange,
    route: &Route,
    upstream: &Upstream,
    connected: Box<UpstreamConnection>,
    response: Response<()>,
) -> Result<Response<Source>, Problem> {
    exchange.connection.deadlines.answer.set(NEVER);
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        exchange.fails(Outcome::UpstreamBroke);
        return Err(
            Problem::bad_gateway().detail("The service behind switched to a protocol that it was not asked for.")
        );
    }
    let address = upstream.address.clone();
    let body = UpstreamBody { connection: Some(connected), address, silence: route.silence, waiting: false };
    Ok(response.map(|()| Source::Upstream(body)))
}

/// What the client is told of a failure, by whose it is.
fn problem(exchange: &mut Exchange, route: &Route, failed: &Failed) -> Problem {
    let (outcome, problem) = match failed {
        Failed::Upstream(Failure::Request(BodyError::TooLarge)) => (Outcome::Refused, too_large(route.max_body)),
        Failed::Upstream(Failure::Request(_)) => match exchange.connection.seen.refusal.get() {
            Some(Refusal::Timeout) => (Outcome::ClientSlow, Refusal::Timeout.problem()),
            Some(refusal) => (Outcome::Refused, refusal.problem()),
            None => (Outcome::ClientGone, Problem::bad_request().detail("The body broke off before its end.")),
        },
        Failed::Silent => (Outcome::UpstreamSilent, Problem::gateway_timeout()),
        Failed::Upstream(error) => {
            tracing::warn!(route = %route.name, %error, "the upstream gave no valid answer");
            (Outcome::UpstreamBroke, Problem::bad_gateway())
        }
    };
    exchange.fails(outcome);
    problem
}
