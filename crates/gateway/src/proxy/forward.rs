//! Sends a request to its upstream and waits for the answer's head.

use super::answer::too_large;
use super::body::{RequestBody, RequestError, Source, UpstreamBody};
use super::exchange::Exchange;
use super::headers::Outgoing;
use crate::edge::{self, BodyError, Refusal};
use crate::observe::Outcome;
use crate::routing::{Asked, NoTarget, Route, Upstream};
use crate::upstream::http1::{Call, Connection, Failure, Waits};
use crate::upstream::{FRESH, Pool};
use http::header::{CONNECTION, EXPECT, UPGRADE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body::Body;
use orion_contracts::Problem;
use std::borrow::Cow;
use std::task::{Poll, ready};
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
    request: Request<edge::RequestBody>,
) -> Result<Response<Source>, Problem> {
    let (parts, body) = request.into_parts();
    let asked = Asked {
        method: &parts.method,
        host: host.to_str().unwrap_or_default(),
        path: path.unwrap_or(parts.uri.path()),
        raw_path: parts.uri.path(),
        query: parts.uri.query(),
        headers: &parts.headers,
        client: exchange.address,
    };
    let target = target(&parts.uri, &route.upstream_path(&upstream.base, &asked).map_err(no_target)?, path.is_none())?;
    let body = RequestBody::new(body, exchange.received.clone(), route.max_body);
    let (bodyless, of_head) = (body.is_end_stream(), parts.method == Method::HEAD);
    let idempotent =
        matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE);
    let upgrade = upgrade(&parts).filter(|_| bodyless);
    let repeatable = bodyless && idempotent && upgrade.is_none();
    let expects = !bodyless && is_expected(&parts);
    let head = exchange.proxy.core.write_head(|out| {
        let outgoing = Outgoing {
            exchange: &*exchange,
            route,
            upstream,
            host: &host,
            method: &parts.method,
            target: &target,
            headers: &parts.headers,
            length: body.size_hint().exact(),
            expects,
            upgrade,
        };
        outgoing.write(out);
    });
    let since = if repeatable { Duration::ZERO } else { exchange.started.saturating_sub(FRESH) };
    let body = match exchange.proxy.pool.take(&upstream.address, since) {
        None => body,
        Some(connection) => {
            let mut call = Box::new(Call::begin(connection, &head, body, of_head, expects));
            match answer_of(exchange, route, &mut call).await {
                Ok(response) => return answered(exchange, route, upstream, upgrade, call, response),
                // A connection that lay idle may be closed by its other end at any moment: one more try, on a new one.
                Err(Failed::Upstream(Failure::Closed)) if repeatable => RequestBody::empty(exchange.received.clone()),
                Err(failed) => return Err(problem(exchange, route, &failed)),
            }
        }
    };
    let connection = connect(exchange, route, upstream).await?;
    let mut call = Box::new(Call::begin(connection, &head, body, of_head, expects));
    match answer_of(exchange, route, &mut call).await {
        Ok(response) => answered(exchange, route, upstream, upgrade, call, response),
        Err(failed) => Err(problem(exchange, route, &failed)),
    }
}

/// The protocol that a client would rather speak (RFC 9110, section 7.8): WebSocket, most often. HTTP/2 is none that is agreed on
/// like that any more (RFC 9113, section 3.1), and would hide requests from the gateway.
fn upgrade(parts: &Parts) -> Option<&HeaderValue> {
    let upgrade = parts.headers.get(UPGRADE)?;
    let asked = parts.headers.get_all(CONNECTION).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let is_asked = asked.into_iter().any(|option| option.trim_ascii().eq_ignore_ascii_case(b"upgrade"));
    let is_one = crate::wire::is_token(upgrade.as_bytes()) && !upgrade.as_bytes().eq_ignore_ascii_case(b"h2c");
    let is_plain = parts.method == Method::GET && parts.version == Version::HTTP_11;
    (is_asked && is_one && is_plain).then_some(upgrade)
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

async fn connect(exchange: &mut Exchange, route: &Route, upstream: &Upstream) -> Result<Box<Connection>, Problem> {
    exchange.deadline.set_in(exchange.proxy.settings.connect.as_millis() as u64);
    let outcome = exchange.deadline.cut(Pool::connect(&upstream.address)).await;
    exchange.deadline.clear();
    match outcome {
        Some(Ok(connection)) => Ok(connection),
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
    Upstream(Failure<RequestError>),
    /// The upstream neither took nor said anything in time.
    Silent,
}

/// Sends a request and waits for its answer's head. While the client's body is waited for, the edge looks after the time that
/// takes.
async fn answer_of(exchange: &Exchange, route: &Route, call: &mut Call<RequestBody>) -> Result<Response<()>, Failed> {
    let deadline = &exchange.deadline;
    let leave = deadline.now() + LEAVE;
    std::future::poll_fn(|context| {
        loop {
            let answer = call.poll_answer(context, |interim| exchange.client.inform(&interim));
            if let Poll::Ready(outcome) = answer {
                return Poll::Ready(outcome.map_err(Failed::Upstream));
            }
            match call.waits() {
                Waits::Leave if leave <= deadline.now() => {
                    call.release();
                    continue;
                }
                Waits::Leave => deadline.set(leave),
                Waits::Client => deadline.clear(),
                Waits::Upstream { moved } if moved || deadline.at().is_none() => deadline.set_in(route.timeout),
                Waits::Upstream { .. } => {}
            }
            ready!(deadline.poll(context));
            if !matches!(call.waits(), Waits::Leave) {
                return Poll::Ready(Err(Failed::Silent));
            }
        }
    })
    .await
}

/// The upstream's answer as the client's.
fn answered(
    exchange: &mut Exchange,
    route: &Route,
    upstream: &Upstream,
    upgrade: Option<&HeaderValue>,
    mut call: Box<Call<RequestBody>>,
    mut response: Response<()>,
) -> Result<Response<Source>, Problem> {
    exchange.deadline.clear();
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let Some(upgrade) = upgrade else {
            exchange.fails(Outcome::UpstreamBroke);
            return Err(
                Problem::bad_gateway().detail("The service behind switched to a protocol that it was not asked for.")
            );
        };
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        response.headers_mut().insert(UPGRADE, upgrade.clone());
        call.become_tunnel(RequestBody::tunnel(&exchange.client, exchange.received.clone()));
    }
    let address = upstream.address.clone();
    let mut body = UpstreamBody { call: Some(call), address, silence: route.silence, waiting: false };
    body.release(exchange);
    Ok(response.map(|()| Source::Upstream(body)))
}

/// What the client is told of a failure, by whose it is.
fn problem(exchange: &mut Exchange, route: &Route, failed: &Failed) -> Problem {
    let (outcome, problem) = match failed {
        Failed::Upstream(Failure::Request(RequestError::TooLarge)) => (Outcome::Refused, too_large(route.max_body)),
        Failed::Upstream(Failure::Request(RequestError::Client(BodyError::Refused(refusal)))) => {
            let outcome = if *refusal == Refusal::Timeout { Outcome::ClientSlow } else { Outcome::Refused };
            (outcome, refusal.problem())
        }
        Failed::Upstream(Failure::Request(RequestError::Client(BodyError::Gone))) => {
            (Outcome::ClientGone, Problem::bad_request().detail("The body broke off before its end."))
        }
        Failed::Silent => (Outcome::UpstreamSilent, Problem::gateway_timeout()),
        Failed::Upstream(error) => {
            tracing::warn!(route = %route.name, %error, "the upstream gave no valid answer");
            (Outcome::UpstreamBroke, Problem::bad_gateway())
        }
    };
    exchange.fails(outcome);
    problem
}
