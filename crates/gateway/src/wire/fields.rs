//! What headers are about, by their names: the one place for all who keep some back, from clients and from upstreams, before a
//! body and behind it. Names come in small letters, as `http` has them.

use orion_contracts::gateway::identity_headers;
use std::borrow::Cow;

/// A name as servers read it that take every other mark for a hyphen (CGI does, and many after it): `x.orion.user.id` is
/// `x-orion-user-id` to them.
pub fn folded(name: &str) -> Cow<'_, str> {
    let is_odd = |byte: u8| !byte.is_ascii_alphanumeric() && byte != b'-';
    match name.bytes().any(is_odd) {
        false => Cow::Borrowed(name),
        true => Cow::Owned(name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-")),
    }
}

/// Whether a header concerns one connection only (RFC 9110, section 7.6.1).
pub fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "http2-settings"
    )
}

/// Whether a header is the gateway's own word.
pub fn is_of_the_gateway(name: &str) -> bool {
    name.starts_with(identity_headers::PREFIX)
        || name.starts_with("x-forwarded")
        || matches!(name, "forwarded" | "forwarded-for")
}

/// Whether other proxies tell an upstream by this header who calls, or from where. Nobody's word for it is taken.
pub fn says_who(name: &str) -> bool {
    const STARTS: [&str; 8] = [
        "remote-",
        "x-remote-",
        "x-webauth-",
        "x-authenticated-",
        "x-auth-request-",
        "x-goog-authenticated-",
        "ssl-client-",
        "x-ssl-client-",
    ];
    matches!(
        name,
        "x-real-ip"
            | "x-client-ip"
            | "x-cluster-client-ip"
            | "x-originating-ip"
            | "x-azure-clientip"
            | "x-azure-socketip"
            | "x-envoy-external-address"
            | "x-client-cert"
            | "client-ip"
            | "proxy-client-ip"
            | "wl-proxy-client-ip"
            | "true-client-ip"
            | "fastly-client-ip"
            | "cf-connecting-ip"
    ) || STARTS.iter().any(|start| name.starts_with(start))
}

/// Whether a header makes some servers take a request for another one than was routed, or send their own somewhere else (`Proxy`,
/// CVE-2016-5385).
pub fn says_what(name: &str) -> bool {
    matches!(
        name,
        "x-original-url"
            | "x-original-uri"
            | "x-original-method"
            | "x-original-host"
            | "x-rewrite-url"
            | "x-http-method"
            | "x-http-method-override"
            | "x-method-override"
            | "x-host"
            | "x-http-host-override"
            | "proxy"
    )
}

/// Whether a client's header stays behind. Names with `_` do too, whatever they are.
pub fn stays_behind(name: &str) -> bool {
    let plain = folded(name);
    name.contains('_')
        || is_hop_by_hop(&plain)
        || is_of_the_gateway(&plain)
        || says_who(&plain)
        || says_what(&plain)
        || matches!(&*plain, "expect" | "proxy-authorization")
}

/// Whether a field may stand behind a body: what frames, routes or authenticates is looked at by nobody that late.
pub fn may_trail(name: &str) -> bool {
    let plain = folded(name);
    let is_before = matches!(
        &*plain,
        "host"
            | "content-length"
            | "content-encoding"
            | "content-type"
            | "content-range"
            | "range"
            | "max-forwards"
            | "cache-control"
            | "authorization"
            | "cookie"
            | "set-cookie"
            | "via"
            | "traceparent"
            | "tracestate"
            | "x-request-id"
            | "x-api-key"
    );
    !is_before && !plain.starts_with("proxy-") && !stays_behind(name)
}

#[cfg(test)]
mod tests {
    use super::{may_trail, stays_behind};

    #[test]
    fn nothing_that_clients_may_not_say_passes_before_a_body_or_behind_it() {
        for name in [
            "connection",
            "x-orion-user-id",
            "x_orion_user_id",
            "x-orion_roles",
            "x-orion-actor-id",
            "x_orion_actor_id",
            "x-orion-organisation-id",
            "x-forwarded-for",
            "x_forwarded_for",
            "x-forwarded",
            "forwarded",
            "forwarded-for",
            "x-real-ip",
            "client-ip",
            "wl-proxy-client-ip",
            "upgrade",
            "te",
            "expect",
            "transfer-encoding",
            "http2-settings",
            "x.orion.user.id",
            "x!orion!user!id",
            "x-orion|roles",
            "x.forwarded.for",
            "x-original-url",
            "x-rewrite-url",
            "remote-user",
            "x-auth-request-email",
            "x.remote.user",
            "x-ssl-client-cert",
            "x-http-method-override",
            "x.http.method.override",
            "proxy",
        ] {
            assert!(stays_behind(name) && !may_trail(name), "{name}");
        }
        for name in ["accept", "authorization", "x-orionis", "x.mine", "proxy-status"] {
            assert!(!stays_behind(name), "{name}");
        }
        assert!(may_trail("digest") && may_trail("grpc-status") && !may_trail("authorization") && !may_trail("cookie"));
    }
}
