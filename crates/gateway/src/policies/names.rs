//! Which headers a route may edit. What frames a message, concerns one connection, or is the gateway's own word, it may not.

use crate::wire::fields::{folded, is_hop_by_hop, is_of_the_gateway, says_what, says_who};
use http::HeaderName;
use orion_contracts::gateway::identity_headers;

/// Whose headers are edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A request's, on its way to the upstream.
    Request,
    /// An answer's, on its way to the client.
    Answer,
}

/// How a name is read by servers that take every mark in it for the same, as CGI does: `x_a`, `x.a` and `x-a` are one.
pub(super) fn plain(name: &str) -> String {
    folded(name).into_owned()
}

/// Whether a name has marks that make it another one's twin.
pub(super) fn has_odd_marks(name: &str) -> bool {
    name.bytes().any(|byte| !byte.is_ascii_alphanumeric() && byte != b'-')
}

/// Why a header may not be edited at all; `None` when it may.
pub(super) fn refused(name: &HeaderName, side: Side) -> Option<&'static str> {
    let name = plain(name.as_str());
    let frames = is_hop_by_hop(&name) || matches!(&*name, "content-length" | "expect");
    let proves = matches!(&*name, "proxy-authorization" | "proxy-authenticate" | "proxy-authentication-info");
    if frames || proves {
        return Some("is about one connection alone, or says where a message ends");
    }
    if name.starts_with(identity_headers::PREFIX) {
        return Some("is by what ORION says who calls");
    }
    if matches!(&*name, "x-request-id" | "via" | "date") {
        return Some("is the gateway's own word");
    }
    match side {
        Side::Request => of_request(&name),
        Side::Answer => of_answer(&name),
    }
}

fn of_request(name: &str) -> Option<&'static str> {
    match name {
        "host" => Some("names the upstream, which the route's upstream does already"),
        "traceparent" | "tracestate" => Some("is the gateway's own word"),
        _ if is_of_the_gateway(name) => Some("is the gateway's own word"),
        "content-encoding" | "content-range" => Some("says how to read a body that passes as it is"),
        _ => None,
    }
}

fn of_answer(name: &str) -> Option<&'static str> {
    match name {
        "ratelimit" | "ratelimit-policy" => Some("is the gateway's own word"),
        "content-encoding" | "content-range" => Some("says how to read a body that passes as it is"),
        _ if name.starts_with("access-control-") => Some("belongs to the route's cors"),
        _ => None,
    }
}

/// Why a header may not be set, renamed or removed, although more of it may be added.
pub(super) fn only_grows(name: &HeaderName, side: Side) -> Option<&'static str> {
    (side == Side::Answer && *name == http::header::VARY)
        .then_some("tells caches what an answer depends on; more may be added, what is there must stay")
}

/// Why a header may not be given another name: the upstream would take a client's word for somebody else's.
pub(super) fn keeps_its_name(name: &HeaderName, side: Side) -> Option<&'static str> {
    let name = plain(name.as_str());
    match (side, &*name) {
        (Side::Request, "cookie") => Some("holds cookies that are for ORION alone"),
        (Side::Request, "authorization" | "x-api-key") => {
            Some("holds what proves who calls; forward_token passes it on")
        }
        (Side::Request, _) if says_who(&name) || says_what(&name) => Some("is never believed of a client"),
        (Side::Answer, "set-cookie") => Some("is read by browsers under this name alone"),
        _ => None,
    }
}
