//! Headers: what does not pass, and what the gateway adds.

use super::exchange::{Exchange, REQUEST_ID};
use super::ids::is_traceparent;
use crate::limits::Decision;
use crate::policies::HeaderEdits;
use crate::routing::Route;
use crate::upstream::Place;
use crate::wire::fields::stays_behind;
use bytes::BytesMut;
use http::header::{self, Entry};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use orion_contracts::gateway::{console_cookie, identity_headers, page_cookies};
use orion_http::headers::SECURITY;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const USER_ID: HeaderName = HeaderName::from_static(identity_headers::USER_ID);
const SESSION_ID: HeaderName = HeaderName::from_static(identity_headers::SESSION_ID);
const ROLES: HeaderName = HeaderName::from_static(identity_headers::ROLES);
const SCOPES: HeaderName = HeaderName::from_static(identity_headers::SCOPES);
const ACTOR_ID: HeaderName = HeaderName::from_static(identity_headers::ACTOR_ID);
const ORGANISATION_ID: HeaderName = HeaderName::from_static(identity_headers::ORGANISATION_ID);

/// Whether a cookie pair stays here: the console's, for whoever has it is the administrator, and where the upstream is none of
/// ORION's own also those of the hosted pages.
fn is_ours(pair: &[u8], is_reserved: bool) -> bool {
    let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
    console_cookie::is(name) || (!is_reserved && page_cookies::is(name))
}

/// A request on its way to an upstream, as far as its head needs to know it.
pub(super) struct Outgoing<'a> {
    pub(super) route: &'a Route,
    /// The canonical host, with its port.
    pub(super) host: &'a HeaderValue,
    pub(super) method: &'a Method,
    /// What is asked for: always a path, never an authority.
    pub(super) target: &'a str,
    /// The client's headers.
    pub(super) headers: &'a HeaderMap,
    /// Bytes of the body, if that is known.
    pub(super) length: Option<u64>,
    /// Whether the client waits to be asked for the body.
    pub(super) expects: bool,
    /// The protocol that the client would rather speak.
    pub(super) upgrade: Option<&'a HeaderValue>,
}

impl Outgoing<'_> {
    /// Writes the head: what passes of the client's headers, and what the gateway says. Nothing that a client names can
    /// remove what is added.
    pub(super) fn write(&self, exchange: &Exchange, place: &Place, out: &mut BytesMut) {
        out.extend_from_slice(self.method.as_str().as_bytes());
        out.extend_from_slice(b" ");
        out.extend_from_slice(self.target.as_bytes());
        out.extend_from_slice(b" HTTP/1.1\r\n");
        line(out, &header::HOST, place.host.as_bytes());
        let edits = self.route.policies.as_ref().and_then(|policies| policies.request_headers.as_ref());
        let traced = self.pass(edits, out);
        if let (Some(edits), Some(wants)) = (edits, &exchange.wants) {
            wants.facts(exchange, |facts| {
                edits.each(self.headers, facts, |name, value| line(out, name, value.as_bytes()));
            });
        }
        self.add(exchange, out);
        if !traced {
            line(out, &TRACEPARENT, &exchange.proxy.ids.traceparent());
        }
        match self.length {
            None => line(out, &header::TRANSFER_ENCODING, b"chunked"),
            Some(0) if !self.headers.contains_key(header::CONTENT_LENGTH) => {}
            Some(length) => line(out, &header::CONTENT_LENGTH, itoa::Buffer::new().format(length).as_bytes()),
        }
        if self.expects {
            line(out, &header::EXPECT, b"100-continue");
        }
        if let Some(upgrade) = self.upgrade {
            line(out, &header::CONNECTION, b"upgrade");
            line(out, &header::UPGRADE, upgrade.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Writes what passes; tells whether a valid `traceparent` was among it.
    fn pass(&self, edits: Option<&HeaderEdits>, out: &mut BytesMut) -> bool {
        let named: Vec<HeaderName> = self
            .headers
            .get_all(header::CONNECTION)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
            .collect();
        let traced = !named.contains(&TRACEPARENT) && self.headers.get(TRACEPARENT).is_some_and(is_traceparent);
        for (name, value) in self.headers {
            match *name {
                // Each is written anew.
                header::HOST | header::CONTENT_LENGTH => {}
                _ if edits.is_some_and(|edits| edits.takes(name)) => {}
                _ if *name == REQUEST_ID || stays_behind(name.as_str()) || named.contains(name) => {}
                _ if !traced && (*name == TRACEPARENT || *name == TRACESTATE) => {}
                header::COOKIE => cookies(out, value.as_bytes(), self.route.reserved),
                _ => line(out, name, value.as_bytes()),
            }
        }
        traced
    }

    fn add(&self, exchange: &Exchange, out: &mut BytesMut) {
        let trusted = exchange.proxy.settings.trusted_proxies.contains(exchange.client.peer);
        let told = |name: HeaderName| trusted.then(|| self.headers.get(name).map(HeaderValue::as_bytes)).flatten();
        self.forwarded_for(exchange, out, trusted);
        let scheme = scheme(exchange, self.headers).as_bytes();
        line(out, &FORWARDED_HOST, told(FORWARDED_HOST).unwrap_or(self.host.as_bytes()));
        line(out, &FORWARDED_PROTO, scheme);
        match told(FORWARDED_PORT) {
            Some(port) => line(out, &FORWARDED_PORT, port),
            // ORION's own services know by what URL they are reached.
            None if self.route.reserved => {}
            None => line(out, &FORWARDED_PORT, port_of(self.host, scheme)),
        }
        line(out, &header::VIA, exchange.proxy.via.as_bytes());
        line(out, &REQUEST_ID, exchange.request_id.as_bytes());
        if let Some(identity) = &exchange.identity {
            line(out, &USER_ID, identity.user_header.as_bytes());
            if let Some(session) = &identity.session_header {
                line(out, &SESSION_ID, session.as_bytes());
            }
            line(out, &ROLES, identity.roles_header.as_bytes());
            if let Some(scopes) = &identity.scopes_header {
                line(out, &SCOPES, scopes.as_bytes());
            }
            if let Some(actor) = &identity.actor_header {
                line(out, &ACTOR_ID, actor.as_bytes());
            }
            if let Some(organisation) = &identity.organisation_header {
                line(out, &ORGANISATION_ID, organisation.as_bytes());
            }
        }
    }

    /// Who the client is. ORION's own services are told one address, which the gateway answers for; they need not know its
    /// proxies. Others are given the chain as it came, with the connection's address at its end.
    fn forwarded_for(&self, exchange: &Exchange, out: &mut BytesMut, trusted: bool) {
        if self.route.reserved && exchange.address != exchange.client.peer {
            return line(out, &FORWARDED_FOR, exchange.address.to_string().as_bytes());
        }
        out.extend_from_slice(FORWARDED_FOR.as_str().as_bytes());
        out.extend_from_slice(b": ");
        if trusted && !self.route.reserved {
            for told in self.headers.get_all(FORWARDED_FOR) {
                out.extend_from_slice(told.as_bytes());
                out.extend_from_slice(b", ");
            }
        }
        out.extend_from_slice(exchange.client.peer_header.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

/// The port that a client has asked, by the host that it named.
fn port_of<'h>(host: &'h HeaderValue, scheme: &[u8]) -> &'h [u8] {
    let host = host.as_bytes();
    let behind = host.iter().rposition(|byte| *byte == b']').map_or(0, |end| end + 1);
    match host[behind..].iter().position(|byte| *byte == b':') {
        Some(colon) => &host[behind + colon + 1..],
        None if scheme == b"https" => b"443",
        None => b"80",
    }
}

/// `http` or `https`, as the client sees it: a proxy that is trusted may have ended its encryption.
pub(super) fn scheme(exchange: &Exchange, headers: &HeaderMap) -> &'static str {
    let told = headers.get(FORWARDED_PROTO).map(HeaderValue::as_bytes);
    match told.filter(|_| exchange.proxy.settings.trusted_proxies.contains(exchange.client.peer)) {
        Some(b"https") => "https",
        Some(b"http") => "http",
        _ if exchange.client.is_secure() => "https",
        _ => "http",
    }
}

fn line(out: &mut BytesMut, name: &HeaderName, value: &[u8]) {
    out.extend_from_slice(name.as_str().as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Writes a line of cookies without ORION's own. Browsers send a cookie to every port of its host, so to the gateway too.
fn cookies(out: &mut BytesMut, value: &[u8], is_reserved: bool) {
    let pairs = || value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    if !pairs().any(|pair| is_ours(pair, is_reserved)) {
        return line(out, &header::COOKIE, value);
    }
    let others = pairs().filter(|pair| !is_ours(pair, is_reserved)).collect::<Vec<_>>().join(&b"; "[..]);
    if !others.is_empty() {
        line(out, &header::COOKIE, &others);
    }
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
        headers.insert(RATE_LIMIT, rate_limit("default", decision));
        headers.insert(RATE_LIMIT_POLICY, limit.policy.clone());
    }
    if let Some((decision, limit)) = exchange.key_limit {
        headers.append(RATE_LIMIT, rate_limit("api-key", decision));
        let policy = HeaderValue::try_from(format!("\"api-key\";q={limit};w=60"));
        headers.append(RATE_LIMIT_POLICY, policy.unwrap_or(HeaderValue::from_static("")));
    }
}

fn rate_limit(policy: &str, decision: Decision) -> HeaderValue {
    let (remaining, reset) = match decision {
        Decision::Allowed { remaining, reset } => (remaining, reset),
        Decision::Limited { retry_after } => (0, retry_after),
    };
    let mut text = String::with_capacity(48);
    text.push('"');
    text.push_str(policy);
    text.push_str("\";r=");
    text.push_str(itoa::Buffer::new().format(remaining));
    text.push_str(";t=");
    text.push_str(itoa::Buffer::new().format(reset));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::cookies;
    use bytes::BytesMut;

    #[test]
    fn the_consoles_cookie_stays_here_and_others_pass() {
        for (came, passes) in [
            ("a=1; orion_admin=secret;b=2", "cookie: a=1; b=2\r\n"),
            ("__Host-orion_admin=secret", ""),
            ("orion_admin_3004=secret;__Host-orion_admin_8443=secret; c=3", "cookie: c=3\r\n"),
            ("orion_admin_device_3004=known; orion_admin_flow=x;d=4", "cookie: d=4\r\n"),
            ("orion_admins=1;orion_admin_x=2", "cookie: orion_admins=1;orion_admin_x=2\r\n"),
            ("not_orion_admin=3;  b", "cookie: not_orion_admin=3;  b\r\n"),
        ] {
            let mut out = BytesMut::new();
            cookies(&mut out, came.as_bytes(), true);
            assert_eq!(out, passes);
        }
    }

    #[test]
    fn a_sign_in_under_way_is_told_to_services_of_orions_own_alone() {
        const CAME: &str = "a=1; orion_flow=secret; __Host-orion_device=known; orion_flow_3000=s; __Host-orion_device_8443=k; orion_flows=2";
        for (is_reserved, passes) in
            [(true, format!("cookie: {CAME}\r\n")), (false, "cookie: a=1; orion_flows=2\r\n".to_owned())]
        {
            let mut out = BytesMut::new();
            cookies(&mut out, CAME.as_bytes(), is_reserved);
            assert_eq!(out, passes.as_bytes());
        }
    }
}
