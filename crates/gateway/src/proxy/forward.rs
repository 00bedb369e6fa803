//! Sends a request to its upstream: by which leave, to which endpoint, how often.

use super::attempt::{Answered, Failed, Request as Try, is_bodyless};
use super::body::{RequestBody, Source, UpstreamBody};
use super::exchange::Exchange;
use super::headers::Outgoing;
use crate::edge;
use crate::observe::Outcome;
use crate::routing::{Asked, NoTarget, Route};
use crate::upstream::config::HashBy;
use crate::upstream::{Admission, Ask, Cluster, Permit, Picked, Refused, Verdict, hash_key};
use http::header::{CONNECTION, COOKIE, EXPECT, UPGRADE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body::Body;
use orion_contracts::Problem;
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Forwards a request. `path` is its canonical path, when that is not how it came.
pub(super) async fn forward(
    exchange: &mut Exchange,
    route: &Route,
    cluster: &Arc<Cluster>,
    host: HeaderValue,
    path: Option<&str>,
    request: Request<edge::RequestBody>,
) -> Result<Response<Source>, Problem> {
    let permit = admit(exchange, cluster).await?;
    let (parts, body) = request.into_parts();
    let body = RequestBody::new(body, exchange.received.clone(), route.max_body);
    let picked = pick(exchange, permit, &parts.headers)?;
    let asked = Asked {
        method: &parts.method,
        host: host.to_str().unwrap_or_default(),
        path: path.unwrap_or(parts.uri.path()),
        raw_path: parts.uri.path(),
        query: parts.uri.query(),
        headers: &parts.headers,
        client: exchange.address,
    };
    let base = &picked.endpoint().place.base;
    let target = target(&parts.uri, &route.upstream_path(base, &asked).map_err(no_target)?, path.is_none())?;
    let bodyless = is_bodyless(&body);
    let upgrade = upgrade(&parts).filter(|_| bodyless);
    let request = Try {
        route,
        of_head: parts.method == Method::HEAD,
        is_repeatable: bodyless && is_idempotent(&parts.method) && upgrade.is_none(),
        outgoing: Outgoing {
            route,
            host: &host,
            method: &parts.method,
            target: &target,
            headers: &parts.headers,
            length: body.size_hint().exact(),
            expects: !bodyless && is_expected(&parts),
            upgrade,
        },
    };
    let began = exchange.proxy.core.monotonic();
    match request.send(exchange, &picked, body).await {
        Ok(answered) => Ok(answer(exchange, route, picked, upgrade, answered, began)?),
        Err(failed) => {
            let now = exchange.proxy.core.monotonic();
            let address = picked.endpoint().place.address.clone();
            drop(picked.ended(failed.verdict(), now.saturating_sub(began), now));
            Err(tell(exchange, route, &failed, &address))
        }
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
    let admitted = match cluster.admit(exchange.started) {
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
fn pick(exchange: &mut Exchange, permit: Permit, headers: &HeaderMap) -> Result<Picked, Problem> {
    let config = permit.cluster().config();
    let key = config.hash_by.as_ref().and_then(|by| key_by(by, headers, exchange.address));
    let ask = Ask { now: exchange.started, random: exchange.proxy.ids.number(), key, tried: &[] };
    permit.pick(&ask).map_err(|permit| {
        exchange.fails(Outcome::UpstreamUnreachable);
        let detail = format!("None of the endpoints of the upstream \"{}\" is well.", permit.cluster().name());
        Problem::unavailable().detail(detail).retry_after(1)
    })
}

/// By what requests are kept together.
fn key_by(by: &HashBy, headers: &HeaderMap, address: IpAddr) -> Option<u64> {
    match by {
        HashBy::Header(name) => headers.get(name).map(|value| hash_key(value.as_bytes())),
        HashBy::Cookie(name) => headers.get_all(COOKIE).iter().find_map(|value| {
            let mut pairs = value.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
            pairs.find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")).map(hash_key)
        }),
        HashBy::Address => Some(match address {
            IpAddr::V4(address) => hash_key(&address.octets()),
            IpAddr::V6(address) => hash_key(&address.octets()),
        }),
    }
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
    began: Duration,
) -> Result<Response<Source>, Problem> {
    let Answered { mut call, mut response } = answered;
    let now = exchange.proxy.core.monotonic();
    let latency = now.saturating_sub(began);
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let Some(upgrade) = upgrade else {
            picked.judge(Verdict::Failed, latency, now);
            exchange.fails(Outcome::UpstreamBroke);
            return Err(
                Problem::bad_gateway().detail("The service behind switched to a protocol that it was not asked for.")
            );
        };
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        response.headers_mut().insert(UPGRADE, upgrade.clone());
        call.become_tunnel(RequestBody::tunnel(&exchange.client, exchange.received.clone()));
    }
    // By these a server says that it cannot; all else is the application's answer.
    let verdict = match response.status() {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => Verdict::Failed,
        _ => Verdict::Good,
    };
    picked.judge(verdict, latency, now);
    let mut body = UpstreamBody { call: Some(call), picked, silence: route.silence, waiting: false };
    body.release(exchange);
    Ok(response.map(|()| Source::Upstream(body)))
}
