//! Sends a request to its upstream: by which leave, to which endpoint, how often.

use super::attempt::{Answered, Failed, Request as Try};
use super::bodies::Bodies;
use super::body::{RequestBody, Source, UpstreamBody};
use super::exchange::Exchange;
use super::headers::Outgoing;
use crate::edge;
use crate::observe::Outcome;
use crate::policies::{Ended, Next, Retries, Tried};
use crate::routing::{Asked, NoTarget, Route};
use crate::upstream::http1::Failure;
use crate::upstream::{Admission, Ask, Cluster, EndpointId, Permit, Picked, Refused, Verdict};
use http::header::{CONNECTION, EXPECT, RETRY_AFTER, UPGRADE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body::Body;
use orion_contracts::Problem;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Forwards a request. `path` is its canonical path, when that is not how it came.
pub(super) async fn forward(
    exchange: &mut Exchange,
    route: &Route,
    cluster: &Arc<Cluster>,
    host: HeaderValue,
    path: Option<&str>,
    request: Request<edge::RequestBody>,
) -> Result<Response<Source>, Problem> {
    let mut permit = admit(exchange, cluster).await?;
    let (parts, body) = request.into_parts();
    let retries = route.policies.as_ref().and_then(|policies| policies.retries.as_ref());
    let has_key = parts.headers.contains_key(IDEMPOTENCY_KEY);
    let length = body.size_hint().exact();
    let keep = retries.and_then(|retries| retries.keeps(&parts.method, has_key, length));
    let bodyless = body.is_end_stream();
    let bodies = Bodies::new(body, route.max_body, keep.filter(|_| !bodyless));
    let asked = Asked {
        method: &parts.method,
        host: host.to_str().unwrap_or_default(),
        path: path.unwrap_or(parts.uri.path()),
        raw_path: parts.uri.path(),
        query: parts.uri.query(),
        headers: &parts.headers,
        client: exchange.address,
    };
    let mut picked = pick(exchange, permit, &parts.headers, &[])?;
    let base = &picked.endpoint().place.base;
    let target = target(&parts.uri, &route.upstream_path(base, &asked).map_err(no_target)?, path.is_none())?;
    let upgrade = upgrade(&parts).filter(|_| bodyless);
    let per_try = retries.and_then(Retries::per_try);
    let mut request = Try {
        route,
        of_head: parts.method == Method::HEAD,
        is_repeatable: bodyless && is_idempotent(&parts.method) && upgrade.is_none(),
        answer_in: route.timeout,
        outgoing: Outgoing {
            route,
            host: &host,
            method: &parts.method,
            target: &target,
            headers: &parts.headers,
            length,
            expects: !bodyless && is_expected(&parts),
            upgrade,
        },
    };
    let mut tried = Vec::new();
    let first = exchange.proxy.core.monotonic();
    let answer_by = first + Duration::from_millis(route.timeout);
    loop {
        let began = exchange.proxy.core.monotonic();
        // What the route allows for an answer counts for all tries together.
        let left = answer_by.saturating_sub(began);
        request.answer_in = per_try.map_or(left, |time| time.min(left)).as_millis() as u64;
        let outcome = match bodies.next(exchange) {
            Some(body) => request.send(exchange, &mut picked, body).await,
            None => Err(Failed::Late(Duration::ZERO)),
        };
        let now = exchange.proxy.core.monotonic();
        let again = retries.filter(|_| upgrade.is_none()).and_then(|retries| {
            let tried = Tried {
                tries: tried.len() as u32 + 1,
                method: &parts.method,
                has_key,
                has_body: bodies.has_next(exchange),
                is_answered: false,
                left: exchange.left().min(answer_by.saturating_sub(now)),
            };
            match retries.next(&tried, ended(&outcome)?, exchange.proxy.ids.number()) {
                Next::Again(pause) => picked.may_retry(now).then_some(pause),
                Next::GiveUp(_) => None,
            }
        });
        let latency = now.saturating_sub(began);
        let verdict = verdict(&outcome, route);
        let Some(pause) = again else {
            bodies.let_go();
            return match outcome {
                Ok(answered) => {
                    picked.judge(verdict, latency, now);
                    answer(exchange, route, picked, upgrade, answered)
                }
                Err(failed) => {
                    let address = picked.endpoint().place.address.clone();
                    drop(picked.ended(verdict, latency, now));
                    Err(tell(exchange, route, &failed, &address))
                }
            };
        };
        tried.push(picked.endpoint().id);
        permit = picked.ended(verdict, latency, now);
        drop(outcome);
        exchange.proxy.core.sleep(pause).await;
        picked = pick(exchange, permit, &parts.headers, &tried)?;
    }
}

/// How a try ended, as far as another one depends on it; nothing when it is the client's doing.
fn ended(outcome: &Result<Answered, Failed>) -> Option<Ended> {
    match outcome {
        Ok(Answered { response, .. }) => {
            let after = response.headers().get(RETRY_AFTER).and_then(|after| after.to_str().ok()?.parse().ok());
            Some(Ended::Answered { status: response.status(), retry_after: after.map(Duration::from_secs) })
        }
        Err(Failed::Unreachable(_)) => Some(Ended::NotConnected),
        Err(Failed::Upstream(Failure::Request(_)) | Failed::Late(_) | Failed::Slow) => None,
        Err(Failed::Upstream(_) | Failed::GaveUp(_)) => Some(Ended::Reset),
        Err(Failed::Silent) => Some(Ended::TimedOut),
    }
}

/// What a try says of its endpoint. By three statuses a server says that it cannot; all else is the application's answer.
fn verdict(outcome: &Result<Answered, Failed>, route: &Route) -> Verdict {
    match outcome {
        // Who was asked when most of the time was over, in the line or by another endpoint, has failed nobody.
        Err(Failed::Late(waited)) if route.total.is_some_and(|total| waited.as_millis() * 2 < total.into()) => {
            Verdict::Cancelled
        }
        Err(failed) => failed.verdict(),
        Ok(Answered { response, .. }) => match response.status() {
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => Verdict::Failed,
            _ => Verdict::Good,
        },
    }
}

fn tell(exchange: &mut Exchange, route: &Route, failed: &Failed, address: &str) -> Problem {
    let (outcome, problem) = failed.problem(route, address);
    exchange.fails(outcome);
    problem
}

/// Leave to ask an upstream, by its breaker and how much it has to do.
async fn admit(exchange: &mut Exchange, cluster: &Arc<Cluster>) -> Result<Permit, Problem> {
    let clock = exchange.proxy.core.clone();
    let admitted = match cluster.admit(clock.monotonic()) {
        Ok(Admission::Permit(permit)) => return Ok(permit),
        Ok(Admission::Queued(queued)) => {
            exchange.waits(Some(queued.limit().as_millis() as u64));
            let turn = exchange.deadline.cut(queued.wait(|| clock.monotonic())).await;
            exchange.deadline.clear();
            turn.unwrap_or(Err(Refused::Full))
        }
        Err(refused) => Err(refused),
    };
    admitted.map_err(|refused| {
        exchange.fails(Outcome::Shed);
        let name = cluster.name();
        match refused {
            Refused::Open { retry_after } => Problem::unavailable()
                .detail(format!("The upstream \"{name}\" fails too often, and is left alone for a while."))
                .retry_after(retry_after.as_millis().div_ceil(1000).max(1) as u64),
            Refused::Full => Problem::unavailable()
                .detail(format!("The upstream \"{name}\" has as many requests as it may have."))
                .retry_after(1),
        }
    })
}

/// An endpoint for the request.
fn pick(exchange: &mut Exchange, permit: Permit, headers: &HeaderMap, tried: &[EndpointId]) -> Result<Picked, Problem> {
    let config = permit.cluster().config();
    let key = config.hash_by.as_ref().and_then(|by| by.key(headers, exchange.address));
    let ask = Ask { now: exchange.proxy.core.monotonic(), random: exchange.proxy.ids.number(), key, tried };
    permit.pick(&ask).map_err(|permit| {
        exchange.fails(Outcome::UpstreamUnreachable);
        let detail = format!("None of the endpoints of the upstream \"{}\" is well.", permit.cluster().name());
        Problem::unavailable().detail(detail).retry_after(1)
    })
}

/// Whether doing it twice is as good as once (RFC 9110, section 9.2.2).
fn is_idempotent(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE)
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

/// The upstream's answer as the client's.
fn answer(
    exchange: &mut Exchange,
    route: &Route,
    mut picked: Picked,
    upgrade: Option<&HeaderValue>,
    answered: Answered,
) -> Result<Response<Source>, Problem> {
    let Answered { mut call, mut response } = answered;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let Some(upgrade) = upgrade else {
            let now = exchange.proxy.core.monotonic();
            picked.judge(Verdict::Failed, Duration::ZERO, now);
            exchange.fails(Outcome::UpstreamBroke);
            return Err(
                Problem::bad_gateway().detail("The service behind switched to a protocol that it was not asked for.")
            );
        };
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        response.headers_mut().insert(UPGRADE, upgrade.clone());
        picked.leaves();
        call.become_tunnel(RequestBody::tunnel(&exchange.client, exchange.received.clone()));
    }
    let mut body = UpstreamBody {
        is_tunnel: response.status() == StatusCode::SWITCHING_PROTOCOLS,
        call: Some(call),
        picked,
        silence: route.silence,
        waiting: false,
        given: exchange.deadline.now(),
        is_kept_waiting: false,
    };
    body.release(exchange);
    Ok(response.map(|()| Source::Upstream(body)))
}
