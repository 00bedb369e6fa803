//! Headers: what does not pass, and what the gateway adds. Removal comes first, so nothing that a client names can
//! remove what is added.

use super::exchange::{Exchange, REQUEST_ID};
use super::ids::is_traceparent;
use crate::limits::Decision;
use crate::routing::Route;
use http::header::{self, Entry};
use http::{HeaderMap, HeaderName, HeaderValue};
use orion_contracts::gateway::{CONSOLE_COOKIES, identity_headers};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const USER_ID: HeaderName = HeaderName::from_static(identity_headers::USER_ID);
const SESSION_ID: HeaderName = HeaderName::from_static(identity_headers::SESSION_ID);
const ROLES: HeaderName = HeaderName::from_static(identity_headers::ROLES);

/// Headers of every answer, unless the upstream has set its own.
const SECURITY: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// Headers that concern one connection only (RFC 9110, section 7.6.1).
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection" | "keep-alive" | "proxy-connection" | "te" | "trailer" | "transfer-encoding" | "upgrade"
    )
}

/// Whether a client's header stays behind. Names with `_` do too: many upstreams read `_` and `-` alike, and so would
/// take `x_orion_user_id` for the gateway's word.
fn stays_behind(name: &str) -> bool {
    is_hop_by_hop(name)
        || matches!(name, "expect" | "proxy-authorization" | "forwarded" | "x-real-ip")
        || name.starts_with(identity_headers::PREFIX)
        || name.starts_with("x-forwarded-")
        || name.contains('_')
}

/// Removes the headers that `drops` names, and those that `Connection` names.
fn remove(headers: &mut HeaderMap, drops: impl Fn(&str) -> bool) {
    let mut doomed: Vec<HeaderName> = headers.keys().filter(|name| drops(name.as_str())).cloned().collect();
    for value in headers.get_all(header::CONNECTION) {
        let names = value.as_bytes().split(|byte| *byte == b',');
        doomed.extend(names.filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok()));
    }
    for name in doomed {
        headers.remove(name);
    }
}

/// Takes the console's cookie out: whoever has it is the administrator.
fn remove_console_cookies(headers: &mut HeaderMap) {
    let is_consoles = |pair: &[u8]| {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
        CONSOLE_COOKIES.iter().any(|console| console.as_bytes() == name)
    };
    let Entry::Occupied(cookies) = headers.entry(header::COOKIE) else { return };
    if !cookies.iter().any(|value| value.as_bytes().split(|byte| *byte == b';').any(is_consoles)) {
        return;
    }
    let (_, values) = cookies.remove_entry_mult();
    let values: Vec<_> = values.collect();
    for value in values {
        let others = value.as_bytes().split(|byte| *byte == b';').filter(|pair| !is_consoles(pair));
        let others = others.map(<[u8]>::trim_ascii).collect::<Vec<_>>().join(&b"; "[..]);
        if !others.is_empty()
            && let Ok(value) = HeaderValue::from_bytes(&others)
        {
            headers.append(header::COOKIE, value);
        }
    }
}

/// Who the client is, for the upstream. ORION's own services are told one address, which the gateway answers for; they
/// need not know its proxies. Others are given the chain as it came, with the connection's address at its end.
fn forwarded_for(headers: &HeaderMap, exchange: &Exchange, route: &Route, trusted: bool) -> HeaderValue {
    let peer = &exchange.connection.peer_header;
    if route.reserved && exchange.client != exchange.connection.peer {
        return HeaderValue::from_str(&exchange.client.to_string()).unwrap_or_else(|_| peer.clone());
    }
    let mut chain: Vec<&[u8]> = Vec::new();
    if trusted && !route.reserved {
        chain.extend(headers.get_all(FORWARDED_FOR).iter().map(HeaderValue::as_bytes));
    }
    if chain.is_empty() {
        return peer.clone();
    }
    chain.push(peer.as_bytes());
    HeaderValue::from_bytes(&chain.join(&b", "[..])).unwrap_or_else(|_| peer.clone())
}

/// Makes a client's headers those that the upstream is sent. `host` is the canonical host.
pub(super) fn to_upstream(
    headers: &mut HeaderMap,
    exchange: &Exchange,
    route: &Route,
    host: HeaderValue,
    upstream: &HeaderValue,
) {
    let trusted = exchange.core.settings.trusted_proxies.contains(exchange.connection.peer);
    let told = |name: HeaderName| headers.get(name).filter(|_| trusted).cloned();
    let forwarded_for = forwarded_for(headers, exchange, route, trusted);
    let forwarded_host = told(FORWARDED_HOST);
    let forwarded_proto = told(FORWARDED_PROTO);
    let traced = headers.get(TRACEPARENT).is_some_and(is_traceparent);
    let cut = headers.contains_key(header::CONNECTION);
    remove(headers, stays_behind);
    remove_console_cookies(headers);
    headers.insert(header::HOST, upstream.clone());
    headers.insert(FORWARDED_FOR, forwarded_for);
    headers.insert(FORWARDED_HOST, forwarded_host.unwrap_or(host));
    headers.insert(FORWARDED_PROTO, forwarded_proto.unwrap_or(HeaderValue::from_static("http")));
    headers.insert(REQUEST_ID, exchange.request_id.clone());
    if !traced || (cut && !headers.contains_key(TRACEPARENT)) {
        headers.insert(TRACEPARENT, exchange.core.ids.traceparent());
        headers.remove(TRACESTATE);
    }
    if let Some(identity) = &exchange.identity {
        headers.insert(USER_ID, identity.user_header.clone());
        headers.insert(SESSION_ID, identity.session_header.clone());
        headers.insert(ROLES, identity.roles_header.clone());
    }
}

/// Makes an upstream's headers those that the client is sent.
pub(super) fn from_upstream(headers: &mut HeaderMap) {
    remove(headers, |name| is_hop_by_hop(name) || name.starts_with(identity_headers::PREFIX));
}

/// Adds what every answer has.
pub(super) fn of_answer(headers: &mut HeaderMap, exchange: &Exchange, decision: Option<Decision>) {
    headers.reserve(7);
    for (name, value) in SECURITY {
        if let Entry::Vacant(entry) = headers.entry(name) {
            entry.insert(value);
        }
    }
    headers.insert(REQUEST_ID, exchange.request_id.clone());
    if let Some(decision) = decision
        && let Some(limit) = exchange.route().and_then(|route| route.limit.as_ref())
    {
        headers.insert(RATE_LIMIT, rate_limit(decision));
        headers.insert(RATE_LIMIT_POLICY, limit.policy.clone());
    }
}

fn rate_limit(decision: Decision) -> HeaderValue {
    let (remaining, reset) = match decision {
        Decision::Allowed { remaining, reset } => (remaining, reset),
        Decision::Limited { retry_after } => (0, retry_after),
    };
    let mut text = String::with_capacity(48);
    text.push_str("\"default\";r=");
    text.push_str(itoa::Buffer::new().format(remaining));
    text.push_str(";t=");
    text.push_str(itoa::Buffer::new().format(reset));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::{from_upstream, remove, remove_console_cookies, stays_behind};
    use http::header::COOKIE;
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn headers(names: &[(&str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &'static str)| {
            (HeaderName::from_bytes(name.as_bytes()).expect("a name"), HeaderValue::from_static(value))
        };
        names.iter().map(pair).collect()
    }

    #[test]
    fn nothing_that_clients_may_not_say_passes() {
        let mut map = headers(&[
            ("Connection", "close, X-Secret , Authorization"),
            ("X-Secret", "1"),
            ("Authorization", "Basic YTpi"),
            ("X-Orion-User-Id", "admin"),
            ("X_Orion_User_Id", "admin"),
            ("x-orion_roles", "admin"),
            ("X-Forwarded-For", "1.2.3.4"),
            ("X_Forwarded_For", "1.2.3.4"),
            ("Forwarded", "for=1.2.3.4"),
            ("X-Real-IP", "1.2.3.4"),
            ("Upgrade", "websocket"),
            ("TE", "trailers"),
            ("Accept", "*/*"),
        ]);
        remove(&mut map, stays_behind);
        assert_eq!(map, headers(&[("accept", "*/*")]));
    }

    #[test]
    fn the_consoles_cookie_stays_here_and_others_pass() {
        let mut map = headers(&[("Cookie", "a=1; orion_admin=secret;b=2"), ("Accept", "*/*")]);
        map.append(COOKIE, HeaderValue::from_static("__Host-orion_admin=secret"));
        map.append(COOKIE, HeaderValue::from_static("not_orion_admin=3"));
        remove_console_cookies(&mut map);
        assert_eq!(map.get_all(COOKIE).iter().collect::<Vec<_>>(), ["a=1; b=2", "not_orion_admin=3"]);
        assert_eq!(map.len(), 3);
    }

    #[test]
    fn an_upstreams_connection_headers_do_not_reach_the_client() {
        let mut map =
            headers(&[("Connection", "X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "timeout=5"), ("ETag", "\"1\"")]);
        from_upstream(&mut map);
        assert_eq!(map, headers(&[("etag", "\"1\"")]));
    }
}
