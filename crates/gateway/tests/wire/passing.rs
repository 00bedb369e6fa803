//! What passes on from client to upstream and back, and what stays behind.

use super::support::{SESSION, USER};
use super::{exchange, get, start, statuses};

#[test]
fn the_upstream_is_told_who_calls_and_nothing_that_the_client_made_up() {
    let (gateway, upstream) = start(|_| {});
    let token = gateway.issuer.token();
    let headers = format!(
        "Authorization: Bearer {token}\r\nX-Orion-User-Id: admin\r\nX_Orion_Roles: admin\r\nX-Forwarded-For: 1.2.3.4\r\n\
         Forwarded: for=1.2.3.4\r\nConnection: x-orion-user-id, x-request-id\r\nX-Request-Id: mine-1\r\nUpgrade: websocket\r\n"
    );
    let answer = exchange(&gateway, &get("/shop/a/../b%2D?q=%2F", &headers));
    assert_eq!(statuses(&answer), [200], "{answer}");
    let seen = upstream.last();
    assert!(seen.starts_with("get /base/b-?q=%2f http/1.1\r\n"), "{seen}");
    for line in [
        format!("x-orion-user-id: {USER}\r\n"),
        format!("x-orion-session-id: {SESSION}\r\n"),
        "x-orion-roles: user,editor\r\n".to_owned(),
        "x-forwarded-for: 127.0.0.1\r\n".to_owned(),
        "x-forwarded-host: a\r\n".to_owned(),
        "x-forwarded-proto: http\r\n".to_owned(),
        "x-request-id: mine-1\r\n".to_owned(),
        format!("host: {}\r\n", upstream.address),
        "traceparent: 00-".to_owned(),
    ] {
        assert_eq!(seen.matches(&line).count(), 1, "{line} in {seen}");
    }
    for never in ["admin", "1.2.3.4", "upgrade", "\r\nconnection:"] {
        assert!(!seen.contains(never), "{never} in {seen}");
    }
}

#[test]
fn an_answer_gets_security_headers_and_loses_what_concerns_the_upstream_alone() {
    let (gateway, _upstream) = start(|_| {});
    let answer = exchange(&gateway, &get("/open/headers", "")).to_ascii_lowercase();
    for line in [
        "x-content-type-options: nosniff",
        "x-frame-options: sameorigin",
        "referrer-policy: no-referrer",
        "cross-origin-opener-policy: same-origin",
        "x-request-id: ",
    ] {
        assert_eq!(answer.matches(line).count(), 1, "{line} in {answer}");
    }
    assert!(!answer.contains("x-hop") && !answer.contains("x-orion"), "{answer}");
}

#[test]
fn the_upstream_is_asked_for_a_path_whatever_form_the_target_has() {
    let (gateway, upstream) = start(|_| {});
    for (target, path) in [("http://a/open/x?y=1", "/open/x?y=1"), ("http://a?x=1", "/?x=1")] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert_eq!(statuses(&exchange(&gateway, request.as_bytes())), [200], "{target}");
        assert!(upstream.last().starts_with(&format!("get {path} http/1.1\r\n")), "{}", upstream.last());
    }
}
