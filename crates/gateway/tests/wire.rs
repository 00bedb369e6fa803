//! The gateway on the wire: raw bytes in, what comes back and what the upstream saw.

#![allow(clippy::disallowed_methods, reason = "what is measured is real time")]

#[allow(unreachable_pub, missing_docs, reason = "one module per test crate")]
#[path = "support/mod.rs"]
mod support;
#[allow(unreachable_pub, missing_docs, reason = "one module per test crate")]
#[path = "support/upstream.rs"]
mod upstream;

use orion_gateway::edge::EdgeSettings;
use orion_gateway::observe::AccessSink;
use orion_gateway::routing::RateLimitConfig;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use support::{Gateway, SESSION, USER, defaults};
use upstream::Upstream;

/// A gateway with a public route `/open/*`, a protected `/shop/*` and others, before an upstream.
fn start(change: impl FnOnce(&mut EdgeSettings)) -> (Gateway, Upstream) {
    let (mut gateway, upstream) = listen(change);
    gateway.serve();
    (gateway, upstream)
}

/// The same, but it serves nobody yet.
fn listen(change: impl FnOnce(&mut EdgeSettings)) -> (Gateway, Upstream) {
    let upstream = Upstream::start();
    let url = format!("http://{}", upstream.address);
    let routes = json!([
        { "name": "open", "path": "/open/*", "upstream": url, "access": "public" },
        { "name": "patient", "path": "/patient/*", "upstream": url, "access": "public", "timeout_ms": 5000 },
        { "name": "shop", "path": "/shop/*", "upstream": format!("{url}/base/"), "strip_prefix": true },
        { "name": "root", "path": "/strip/*", "upstream": url, "strip_prefix": true, "access": "public" },
        { "name": "away", "path": "/away", "upstream": "http://127.0.0.1:1", "access": "public" },
        { "name": "top", "path": "/", "upstream": url, "access": "public" },
        { "name": "large", "path": "/large/*", "upstream": url, "access": "public", "max_body_bytes": 10_000_000 },
        { "name": "few", "path": "/few", "upstream": url, "access": "public", "rate_limit": { "requests": 2, "seconds": 60 } },
    ]);
    let gateway =
        Gateway::listen("127.0.0.1:0".parse().expect("an address"), routes, &defaults(), AccessSink::Off, |settings| {
            settings.cores = 2;
            settings.timeouts.head = 300;
            settings.timeouts.body = 300;
            settings.idle = Duration::from_millis(400);
            change(settings);
        });
    (gateway, upstream)
}

fn connect(gateway: &Gateway) -> TcpStream {
    let stream = TcpStream::connect(gateway.address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
    stream
}

/// Sends bytes and reads until the gateway closes.
fn exchange(gateway: &Gateway, bytes: &[u8]) -> String {
    let mut stream = connect(gateway);
    stream.write_all(bytes).expect("written");
    read_all(&mut stream)
}

fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut space = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut space) {
        bytes.extend_from_slice(&space[..length]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn statuses(answer: &str) -> Vec<u16> {
    let starts = answer.match_indices("HTTP/1.1 ").map(|(at, _)| at + 9);
    starts.filter_map(|at| answer.get(at..at + 3)?.parse().ok()).collect()
}

/// The problem in an answer, which must be its only body.
fn problem(answer: &str) -> Value {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    assert!(head.contains("content-type: application/problem+json"), "{answer}");
    let problem: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    assert!(
        problem["request_id"].is_string()
            && problem["type"].as_str().is_some_and(|kind| kind.starts_with("urn:orion:problem:"))
    );
    problem
}

fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n").into_bytes()
}

#[test]
fn ambiguous_bytes_are_refused_before_the_upstream_sees_a_connection() {
    let (gateway, upstream) = start(|_| {});
    let post = "POST /open/x HTTP/1.1\r\nHost: a\r\n";
    let cases: Vec<(String, u16)> = vec![
        (format!("{post}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), 400),
        (format!("{post}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400),
        (format!("{post}Content-Length: 3, 4\r\n\r\nabc"), 400),
        (format!("{post}Content-Length: 0x3\r\n\r\nabc"), 400),
        (format!("{post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400),
        (format!("{post}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"), 400),
        (format!("{post}Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n"), 400),
        (format!("{post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"), 400),
        (format!("{post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), 400),
        ("POST /open/x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost : a\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost: a\r\nX: 1\r2\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost: a\r\nX: 1\x002\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\nHost: a\n\n".to_owned(), 400),
        ("GET http://b/open/x HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("GET /open/x#top HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("G(T /open/x HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/3.0\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400),
        ("ORION-REFUSED /host HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n".to_owned(), 405),
        ("TRACE /open/x HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 405),
        (format!("GET /open/{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(9000)), 414),
        (format!("GET /open/x HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(40_000)), 431),
        (format!("GET /open/x HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: 1\r\n".repeat(100)), 431),
        ("GET /open/a%2fb HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(), 400),
        ("GET /open/%252e%252e/shop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(), 400),
        ("GET /open/..;/shop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n".to_owned(), 400),
        (format!("{post}Content-Length: 1001\r\nConnection: close\r\n\r\n"), 413),
    ];
    for (bytes, status) in cases {
        let answer = exchange(&gateway, bytes.as_bytes());
        assert_eq!(statuses(&answer), [status], "{:.200}: {answer}", bytes.escape_debug());
        assert_eq!(problem(&answer)["status"], status);
    }
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_bad_message_behind_good_ones_is_answered_in_its_turn_and_ends_the_connection() {
    let (gateway, upstream) = start(|_| {});
    let good = "GET /open/1 HTTP/1.1\r\nHost: a\r\n\r\n";
    let bytes = format!("{good}{good}GET /open/3 HTTP/1.1\r\nHost : a\r\n\r\n{good}");
    let answer = exchange(&gateway, bytes.as_bytes());
    assert_eq!(statuses(&answer), [200, 200, 400]);
    assert_eq!(upstream.requests(), 2);
}

#[test]
fn a_bad_chunk_breaks_the_request_to_the_upstream_off() {
    let (gateway, upstream) = start(|_| {});
    let head = "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for body in ["5\r\nhelloXX0\r\n\r\n", "5\r\nhello\r\nzz\r\n", "5\nhello\r\n0\r\n\r\n", "0\r\nBad : trailer\r\n\r\n"]
    {
        let answer = exchange(&gateway, format!("{head}{body}").as_bytes());
        assert_eq!(statuses(&answer), [400], "{body:?}: {answer}");
    }
    let answer = exchange(&gateway, format!("{head}3e9\r\n{}\r\n0\r\n\r\n", "x".repeat(1001)).as_bytes());
    assert_eq!(statuses(&answer), [413], "{answer}");
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(upstream.requests(), upstream.broken());
}

#[test]
fn bodies_pass_in_both_framings_and_connections_are_kept() {
    let (gateway, upstream) = start(|settings| settings.cores = 1);
    let fixed = "POST /open/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    let chunked =
        "POST /open/2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    let last = "HEAD /open/3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer =
        exchange(&gateway, format!("{fixed}{chunked}GET /open/chunks HTTP/1.1\r\nHost: a\r\n\r\n{last}").as_bytes());
    assert_eq!(statuses(&answer), [200, 200, 200, 200], "{answer}");
    assert_eq!(answer.matches("5 bytes").count(), 2);
    assert!(answer.contains("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "{answer}");
    assert_eq!((upstream.requests(), upstream.connections()), (4, 1));
}

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
fn tokens_are_demanded_and_checked() {
    let (gateway, upstream) = start(|_| {});
    let token = gateway.issuer.token();
    let forged = support::Issuer::new().token();
    for (path, headers, status, name) in [
        ("/shop/x", String::new(), 401, "unauthenticated"),
        ("/shop/x", "Authorization: Basic YTpi\r\n".to_owned(), 401, "unauthenticated"),
        ("/shop/x", format!("Authorization: Bearer {forged}\r\n"), 401, "invalid-token"),
        ("/shop/x", format!("Authorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\n"), 400, "bad-request"),
        ("/nowhere", String::new(), 404, "not-found"),
        ("/internal/v1/events", String::new(), 404, "not-found"),
        ("/open/../internal/v1/events", String::new(), 404, "not-found"),
        ("/strip/internal/v1/events", String::new(), 404, "not-found"),
        ("/strip/%69nternal/v1/events", String::new(), 404, "not-found"),
    ] {
        let answer = exchange(&gateway, &get(path, &headers));
        assert_eq!(statuses(&answer), [status], "{path} {headers}: {answer}");
        assert_eq!(problem(&answer)["type"], format!("urn:orion:problem:{name}"));
        assert_eq!(answer.contains("www-authenticate: Bearer"), status == 401);
    }
    assert_eq!(upstream.connections(), 0);
    assert_eq!(statuses(&exchange(&gateway, &get("/livez", ""))), [200]);
}

#[test]
fn a_caller_over_its_limit_is_told_when_to_come_back() {
    let (gateway, upstream) = start(|_| {});
    let answers: Vec<_> = (0..3).map(|_| exchange(&gateway, &get("/few", ""))).collect();
    assert!(
        answers[0].contains("ratelimit: \"default\";r=1;t=30\r\n")
            && answers[0].contains("ratelimit-policy: \"default\";q=2;w=60\r\n")
    );
    assert_eq!(answers.iter().flat_map(|answer| statuses(answer)).collect::<Vec<_>>(), [200, 200, 429]);
    assert!(answers[2].contains("retry-after: 30\r\n"), "{}", answers[2]);
    assert_eq!(upstream.requests(), 2);
}

#[test]
fn a_broken_upstream_becomes_the_right_problem() {
    let (gateway, _upstream) = start(|_| {});
    for (path, status) in
        [("/away", 502), ("/open/close", 502), ("/open/garbage", 502), ("/open/upgrade", 502), ("/open/silent", 504)]
    {
        let answer = exchange(&gateway, &get(path, ""));
        assert_eq!(statuses(&answer), [status], "{path}: {answer}");
        assert_eq!(problem(&answer)["status"], status);
    }
    // A body that breaks off is not ended as if it were whole.
    let answer = exchange(&gateway, &get("/open/half", ""));
    let broken_off = answer.contains("content-length: 100") && answer.ends_with("only this");
    assert!(broken_off || answer.is_empty(), "{answer}");
}

#[test]
fn a_kept_connection_that_the_upstream_has_closed_is_replaced() {
    let (gateway, upstream) = start(|settings| settings.cores = 1);
    for _ in 0..5 {
        assert_eq!(statuses(&exchange(&gateway, &get("/open/once", ""))), [200]);
    }
    assert_eq!(upstream.requests(), 5);
}

#[test]
fn an_early_answer_passes_while_the_body_is_still_coming() {
    let (gateway, _upstream) = start(|_| {});
    let answer = exchange(&gateway, b"POST /open/early HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nabc");
    assert_eq!(statuses(&answer), [403], "{answer}");
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

#[test]
fn a_flood_of_forged_tokens_is_slowed_down_while_tokens_that_are_known_pass() {
    let (gateway, _upstream) = start(|settings| settings.cores = 1);
    let token = gateway.issuer.token();
    let known = get("/shop/x", &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(statuses(&exchange(&gateway, &known)), [200]);
    let (forged, mut stream) = (support::Issuer::new().token(), connect(&gateway));
    let request = format!("GET /shop/x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {forged}\r\n\r\n");
    let mut seen = Vec::new();
    for _ in 0..700 {
        stream.write_all(request.as_bytes()).expect("written");
        let mut space = [0; 2048];
        let length = stream.read(&mut space).expect("an answer");
        seen.extend(statuses(&String::from_utf8_lossy(&space[..length])));
    }
    let refused = seen.iter().position(|status| *status == 429).expect("some are not even looked at");
    assert!(refused >= 600 && seen[..refused].iter().all(|status| *status == 401), "{refused}");
    assert_eq!(statuses(&exchange(&gateway, &known)), [200]);
}

#[test]
fn an_answer_passes_although_the_upstream_takes_no_more_of_the_body_and_closes() {
    let (gateway, _upstream) = start(|_| {});
    let mut request = b"POST /large/refused HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n".to_vec();
    request.resize(request.len() + 4_000_000, b'a');
    for _ in 0..20 {
        let mut stream = connect(&gateway);
        let mut reader = stream.try_clone().expect("a clone");
        let reading = std::thread::spawn(move || read_all(&mut reader));
        // The gateway takes no more either, once it has the answer.
        let _ = stream.write_all(&request);
        let answer = reading.join().expect("no panic");
        assert_eq!(statuses(&answer), [413], "{answer}");
        assert!(answer.ends_with("refused"), "{answer}");
    }
}

#[test]
fn slow_clients_are_cut_off_and_told_so() {
    let (gateway, upstream) = start(|_| {});
    let head = exchange(&gateway, b"GET /open/x HTTP/1.1\r\nHo");
    assert_eq!(problem(&head)["status"], 408);
    let body = exchange(&gateway, b"POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    assert_eq!(problem(&body)["status"], 408);
    let started = Instant::now();
    assert_eq!(exchange(&gateway, b""), "", "a connection without a request is closed silently");
    assert_eq!(
        statuses(&exchange(&gateway, b"GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")),
        [200],
        "and so is an idle one"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
    // Bytes that drip in buy no time.
    let mut stream = connect(&gateway);
    let started = Instant::now();
    for byte in b"GET /open/x HTTP/1.1\r\nHost: a\r\nX: 1234567890123456789012345678901234567890".iter() {
        if stream.write_all(&[*byte]).is_err() || started.elapsed() > Duration::from_secs(2) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let answer = read_all(&mut stream);
    assert!(answer.is_empty() || statuses(&answer) == [408], "{answer}");
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!(upstream.broken(), 1);
}

#[test]
fn connections_beyond_the_limit_are_turned_away() {
    let (gateway, _upstream) = start(|settings| settings.max_connections = 2);
    let held: Vec<_> = (0..2).map(|_| connect(&gateway)).collect();
    std::thread::sleep(Duration::from_millis(50));
    let answer = read_all(&mut connect(&gateway));
    assert_eq!(statuses(&answer), [503]);
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(
        head.contains(&format!("content-length: {}\r\n", body.len())) && serde_json::from_str::<Value>(body).is_ok()
    );
    drop(held);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(statuses(&exchange(&gateway, &get("/open/x", ""))), [200]);
}

#[tokio::test]
async fn draining_finishes_what_is_in_flight_and_takes_nothing_new() {
    let (mut gateway, _upstream) = start(|_| {});
    let address = gateway.address;
    let mut idle = connect(&gateway);
    let mut busy = connect(&gateway);
    // Its upstream takes longer than a connection without a request is waited for.
    let mut slow = connect(&gateway);
    slow.write_all(&get("/patient/slow", "")).expect("written");
    busy.write_all(b"POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe").expect("written");
    tokio::time::sleep(Duration::from_millis(50)).await;
    gateway.shutdown.cancel();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(TcpStream::connect(address).is_err(), "nothing new is taken");
    busy.write_all(b"llo").expect("written");
    let answer = tokio::task::spawn_blocking(move || read_all(&mut busy)).await.expect("no panic");
    assert_eq!(statuses(&answer), [200]);
    assert!(answer.contains("connection: close") && answer.ends_with("5 bytes"), "{answer}");
    assert_eq!(read_all(&mut idle), "");
    let answer = tokio::task::spawn_blocking(move || read_all(&mut slow)).await.expect("no panic");
    assert_eq!(statuses(&answer), [200], "{answer}");
    tokio::time::timeout(Duration::from_secs(2), gateway.stop()).await.expect("it ends at once");
}

#[tokio::test]
async fn who_waits_in_the_queue_at_the_end_is_answered() {
    let (mut gateway, _upstream) = listen(|_| {});
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = connect(&gateway);
            stream.write_all(&get("/open/x", "")).expect("written");
            stream
        })
        .collect();
    gateway.shutdown.cancel();
    gateway.serve();
    for mut stream in waiting {
        let answer = tokio::task::spawn_blocking(move || read_all(&mut stream)).await.expect("no panic");
        assert_eq!(statuses(&answer), [200], "{answer}");
    }
    tokio::time::timeout(Duration::from_secs(2), gateway.stop()).await.expect("it ends at once");
    assert!(TcpStream::connect(gateway.address).is_err(), "nothing new is taken");
}

#[tokio::test]
async fn cores_that_are_started_again_serve_at_the_same_address() {
    let (mut gateway, _upstream) = start(|_| {});
    gateway.stop().await;
    assert!(TcpStream::connect(gateway.address).is_err());
    gateway.shutdown = tokio_util::sync::CancellationToken::new();
    gateway.serve();
    for _ in 0..10 {
        assert_eq!(statuses(&exchange(&gateway, &get("/open/x", "Connection: close\r\n"))), [200]);
    }
}

#[test]
fn a_taken_port_is_an_error_although_listeners_share_it() {
    let (gateway, _upstream) = start(|_| {});
    let second = orion_gateway::EdgeSockets::bind(gateway.address);
    assert_eq!(second.err().map(|error| error.kind()), Some(std::io::ErrorKind::AddrInUse));
}

#[test]
fn a_new_table_is_in_force_on_open_connections_and_metrics_name_routes_not_paths() {
    let (gateway, upstream) = start(|settings| settings.cores = 1);
    let mut stream = connect(&gateway);
    stream.write_all(b"GET /open/secret-path HTTP/1.1\r\nHost: a\r\n\r\n").expect("written");
    assert!(stream.read(&mut [0; 4096]).expect("an answer") > 0);
    let route = json!([{ "name": "fresh", "path": "/fresh", "upstream": format!("http://{}", upstream.address), "access": "public" }]);
    let routes: Vec<_> = serde_json::from_value(route).expect("routes");
    let limited = orion_gateway::routing::route::RouteDefaults {
        rate_limit: Some(RateLimitConfig { requests: 9, seconds: 9 }),
        ..defaults()
    };
    let table = orion_gateway::routing::RouteTable::new(&Default::default(), &routes, &limited).expect("a good table");
    gateway.shared.routes.set(table);
    stream
        .write_all(
            b"GET /fresh HTTP/1.1\r\nHost: a\r\n\r\nGET /open/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        )
        .expect("written");
    let answer = read_all(&mut stream);
    assert_eq!(statuses(&answer), [200, 404], "{answer}");
    std::thread::sleep(Duration::from_millis(1200));
    let text = gateway.metrics.render();
    for line in [
        "http_requests_total{method=\"GET\",route=\"open\",service=\"gateway\",status=\"200\"} 1",
        "http_requests_total{method=\"GET\",route=\"fresh\",service=\"gateway\",status=\"200\"} 1",
        "http_requests_total{method=\"GET\",route=\"none\",service=\"gateway\",status=\"404\"} 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("secret-path"));
}
