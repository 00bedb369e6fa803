//! What a request must be before it reaches an upstream, whom it is from, and what the upstream is told of it.

#![allow(clippy::disallowed_methods, reason = "what is measured is real time")]

#[allow(unreachable_pub, missing_docs, reason = "one module per test crate")]
#[path = "support/mod.rs"]
mod support;
#[allow(unreachable_pub, missing_docs, dead_code, reason = "one module per test crate")]
#[path = "support/upstream.rs"]
mod upstream;

use orion_gateway::edge::EdgeSettings;
use orion_gateway::identity::Keys;
use orion_gateway::observe::AccessSink;
use orion_infra::Clock;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use support::{Gateway, Issuer, USER, defaults};
use upstream::Upstream;

/// A gateway with routes to one upstream; `{}` in them stands for its URL.
fn start(routes: &Value, change: impl FnOnce(&mut EdgeSettings)) -> (Gateway, Upstream) {
    let upstream = Upstream::start();
    let routes = routes.to_string().replace("{}", &format!("http://{}", upstream.address));
    let routes = serde_json::from_str(&routes).expect("routes");
    let listen = "127.0.0.1:0".parse().expect("an address");
    let mut gateway = Gateway::listen(listen, routes, &defaults(), AccessSink::Off, |settings| {
        settings.cores = 1;
        change(settings);
    });
    gateway.serve();
    (gateway, upstream)
}

/// A public route `/shop/*`, and protected ones below it and beside it.
fn shop() -> (Gateway, Upstream) {
    let routes = json!([
        { "name": "shop", "path": "/shop/*", "upstream": "{}", "access": "public" },
        { "name": "admin", "path": "/shop/admin/*", "upstream": "{}" },
        { "name": "report", "path": "/shop/report", "upstream": "{}" },
        { "name": "slash", "path": "/shop/list/", "upstream": "{}" },
        { "name": "mine", "path": "/mine/*", "upstream": "{}" },
    ]);
    start(&routes, |_| {})
}

fn connect(gateway: &Gateway) -> TcpStream {
    let stream = TcpStream::connect(gateway.address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
    stream
}

fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // What was read before the other side gave up counts as well.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Asks for a target; `headers` are whole lines.
fn ask(gateway: &Gateway, method: &str, target: &str, headers: &str) -> String {
    let mut stream = connect(gateway);
    let request = format!("{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).expect("written");
    read_all(&mut stream)
}

fn get(gateway: &Gateway, target: &str, headers: &str) -> String {
    ask(gateway, "GET", target, headers)
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

fn status(answer: &str) -> u16 {
    answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// The problem in an answer.
fn problem(answer: &str) -> Value {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    assert!(head.contains("content-type: application/problem+json"), "{answer}");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
fn a_public_route_takes_no_path_that_a_server_may_read_as_a_protected_one() {
    let (gateway, upstream) = shop();
    for path in [
        "/shop/admin;x/users",
        "/shop/admin;/users",
        "/shop/;/admin/users",
        "/shop/;a=1/;b/admin",
        "/;/shop/admin",
        "/shop/admin%3Bx/users",
        "/shop/admin%3bx/users",
        "/shop/%3B/admin/users",
        "/shop/report;jsessionid=1",
        "/shop/x/..%3B/admin",
        "/shop/%2561dmin/users",
        "/shop/%25%36%31dmin/users",
        "/shop/admin%253Bx/users",
        "/shop/%c0%afadmin",
        "/shop/ADMIN/users",
        "/shop/Admin;x/users",
        "/shop/Report",
        "/shop/admin./users",
        "/shop/admin%20/users",
        "/shop/report.",
        "/shop/report%20.%20",
        "/shop/admin%3fx",
        "/shop/admin%23/x",
        "/shop/admin%09/x",
    ] {
        let answer = get(&gateway, path, "");
        assert_eq!(status(&answer), 400, "{path}: {answer}");
        assert_eq!(problem(&answer)["type"], "urn:orion:problem:bad-request", "{path}");
    }
    // An exact path is that path with a slash at its end, too.
    for path in ["/shop/report/", "/shop/list", "/shop/list/"] {
        assert_eq!(status(&get(&gateway, path, "")), 401, "{path}");
    }
    assert_eq!(upstream.connections(), 0);
    for path in ["/shop/cart;v=1/x", "/shop/a;b;c", "/shop/Cart", "/shop/100%25", "/shop/%C3%A9", "/shop/a%252"] {
        assert_eq!(status(&get(&gateway, path, "")), 200, "{path}");
        assert!(upstream.last().starts_with(&format!("get {} ", path.to_ascii_lowercase())), "{}", upstream.last());
    }
}

#[test]
fn a_protected_route_with_a_capital_letter_is_not_open_in_small_ones() {
    let (gateway, upstream) = start(
        &json!([
            { "name": "shop", "path": "/shop/*", "upstream": "{}", "access": "public" },
            { "name": "admin", "path": "/shop/Admin/*", "upstream": "{}" },
            { "name": "report", "path": "/shop/Report", "upstream": "{}" },
        ]),
        |_| {},
    );
    for path in ["/shop/admin/x", "/shop/ADMIN/x", "/shop/admin", "/shop/report", "/shop/report/"] {
        assert_eq!(status(&get(&gateway, path, "")), 400, "{path}");
    }
    assert_eq!(status(&get(&gateway, "/shop/Admin/x", "")), 401);
    assert_eq!(upstream.connections(), 0);
    assert_eq!(status(&get(&gateway, "/shop/cart", "")), 200);
}

#[test]
fn a_public_route_refuses_nobody_for_a_token_and_says_who_calls_only_when_it_is_good() {
    let (gateway, upstream) = shop();
    let now = Clock::system().now().timestamp();
    let issuer = &gateway.issuer;
    let expired = issuer.token_with(|_, claims| claims["exp"] = json!(now - 100));
    let foreign = issuer.token_with(|_, claims| claims["iss"] = json!("https://other.example"));
    let other_kind = issuer.token_with(|header, _| header["typ"] = json!("JWT"));
    let unknown_key = issuer.token_with(|header, _| header["kid"] = json!("next"));
    // What may be a token of ORION's stays here; what is somebody else's is for the service behind.
    for (token, passes) in [
        (Issuer::new().token(), false),
        (expired, false),
        (unknown_key, false),
        (foreign, true),
        (other_kind, true),
        ("opaque".to_owned(), true),
    ] {
        let answer = get(&gateway, "/shop/x", &bearer(&token));
        assert_eq!(status(&answer), 200, "{token}: {answer}");
        let seen = upstream.last();
        assert!(!seen.contains("x-orion-"), "{seen}");
        assert_eq!(seen.contains("authorization: "), passes, "{seen}");
        let refused = get(&gateway, "/mine/x", &bearer(&token));
        assert_eq!(problem(&refused)["type"], "urn:orion:problem:invalid-token", "{token}");
    }
    let answer = get(&gateway, "/shop/x", &bearer(&issuer.token()));
    assert_eq!(status(&answer), 200, "{answer}");
    assert!(upstream.last().contains(&format!("x-orion-user-id: {USER}")), "{}", upstream.last());
}

#[test]
fn a_good_token_is_not_taken_for_nobody_where_tokens_are_no_longer_looked_at() {
    let (gateway, upstream) = shop();
    let forged = bearer(&Issuer::new().token());
    let mut stream = connect(&gateway);
    let request = format!("GET /shop/x HTTP/1.1\r\nHost: a\r\n{forged}\r\n");
    for _ in 0..700 {
        stream.write_all(request.as_bytes()).expect("written");
        let mut space = [0; 4096];
        assert!(stream.read(&mut space).expect("an answer") > 0);
    }
    for path in ["/shop/good", "/mine/good"] {
        let answer = get(&gateway, path, &bearer(&gateway.issuer.token()));
        assert_eq!(status(&answer), 429, "{path}: {answer}");
        assert!(answer.contains("retry-after: "), "{answer}");
    }
    assert!(!upstream.last().contains("/good "), "{}", upstream.last());
    assert_eq!(status(&get(&gateway, "/shop/x", "")), 200, "who sends none is nobody, as ever");
}

#[test]
fn tokens_that_cost_no_look_at_a_signature_use_nothing_up() {
    let (gateway, _upstream) = shop();
    let now = Clock::system().now().timestamp();
    let expired = bearer(&gateway.issuer.token_with(|_, claims| claims["exp"] = json!(now - 100)));
    let foreign = bearer(&gateway.issuer.token_with(|_, claims| claims["iss"] = json!("https://other.example")));
    let mut stream = connect(&gateway);
    for (path, line, expected) in
        [("/mine/x", &expired, 401), ("/shop/x", &foreign, 200), ("/mine/x", &bearer("opaque"), 401)]
    {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{line}\r\n");
        for number in 0..700 {
            stream.write_all(request.as_bytes()).expect("written");
            let mut space = [0; 4096];
            let length = stream.read(&mut space).expect("an answer");
            assert_eq!(status(&String::from_utf8_lossy(&space[..length])), expected, "{number} {request}");
        }
    }
    assert_eq!(status(&get(&gateway, "/mine/x", &bearer(&gateway.issuer.token()))), 200);
}

#[test]
fn while_no_keys_are_known_a_token_is_answered_503_and_is_not_held_against_anybody() {
    let (gateway, _upstream) = shop();
    gateway.shared.keys.set(Keys::default());
    let token = bearer(&gateway.issuer.token());
    for number in 0..650 {
        for path in ["/mine/x", "/shop/x"] {
            let answer = get(&gateway, path, &token);
            assert_eq!(status(&answer), 503, "{path} {number}: {answer}");
            assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
            assert_eq!(problem(&answer)["type"], "urn:orion:problem:unavailable");
        }
    }
    // Nobody needs keys to see that these are none of ORION's, or that there is none.
    assert_eq!(status(&get(&gateway, "/shop/x", &bearer("opaque"))), 200);
    assert_eq!(status(&get(&gateway, "/shop/x", "")), 200);
    assert_eq!(status(&get(&gateway, "/mine/x", "")), 401);
    gateway.shared.keys.set(gateway.issuer.keys());
    assert_eq!(status(&get(&gateway, "/mine/x", &token)), 200);
}

#[test]
fn the_callers_token_goes_to_those_upstreams_only_that_are_to_have_it() {
    let routes = json!([
        { "name": "told", "path": "/told/*", "upstream": "{}" },
        { "name": "given", "path": "/given/*", "upstream": "{}", "forward_token": true },
    ]);
    let (gateway, upstream) = start(&routes, |_| {});
    let token = bearer(&gateway.issuer.token());
    for (path, given) in [("/told/x", false), ("/given/x", true)] {
        assert_eq!(status(&get(&gateway, path, &token)), 200);
        assert_eq!(upstream.last().contains("authorization: bearer "), given, "{path}: {}", upstream.last());
        assert!(upstream.last().contains("x-orion-user-id: "), "{}", upstream.last());
    }
}

#[test]
fn encoded_slashes_pass_to_those_upstreams_only_that_are_to_have_them() {
    let routes = json!([
        { "name": "files", "path": "/files/*", "upstream": "{}", "access": "public", "encoded_slashes": true },
        { "name": "private", "path": "/files/private/*", "upstream": "{}" },
        { "name": "strip", "path": "/strip/*", "upstream": "{}", "access": "public", "encoded_slashes": true, "strip_prefix": true },
        { "name": "shop", "path": "/shop/*", "upstream": "{}", "access": "public" },
    ]);
    let (gateway, upstream) = start(&routes, |_| {});
    for (path, expected) in [
        ("/shop/a%2Fb", 400),
        ("/files%2fa", 400),
        ("/files/private%2Fa", 400),
        ("/files/%2fprivate/a", 400),
        ("/files/a%2F..%2Fprivate", 400),
        ("/files/a%252Fb", 400),
        ("/internal%2Fv1/events", 404),
        ("/strip/internal%2Fv1/events", 404),
        ("/strip/;/internal/v1/events", 404),
        ("/strip/%2Finternal%3Bx/v1/events", 404),
    ] {
        assert_eq!(status(&get(&gateway, path, "")), expected, "{path}");
    }
    assert_eq!(upstream.connections(), 0);
    assert_eq!(status(&get(&gateway, "/files/group%2fproject/x", "")), 200);
    assert!(upstream.last().starts_with("get /files/group%2fproject/x "), "{}", upstream.last());
}

#[test]
fn another_scheme_than_bearer_is_for_the_service_behind() {
    let (gateway, upstream) = shop();
    assert_eq!(status(&get(&gateway, "/shop/x", "Authorization: Basic YTpi\r\n")), 200);
    assert!(upstream.last().contains("authorization: basic ytpi\r\n"), "{}", upstream.last());
}

#[test]
fn a_trusted_proxy_has_as_many_connections_as_there_are_and_others_their_share() {
    let routes = json!([{ "name": "open", "path": "/open/*", "upstream": "{}", "access": "public" }]);
    for (trusted, served) in [("127.0.0.0/8", 5), ("", 2)] {
        let (gateway, _upstream) = start(&routes, |settings| {
            settings.max_connections_per_client = 2;
            settings.trusted_proxies = trusted.parse().expect("networks");
        });
        let mut held: Vec<_> = (0..5).map(|_| connect(&gateway)).collect();
        // Until all of them have been accepted, or turned away.
        std::thread::sleep(Duration::from_millis(50));
        let answers = held.iter_mut().map(|stream| {
            let request = b"GET /open/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            // One that was turned away may be closed already.
            let _ = stream.write_all(request);
            status(&read_all(stream))
        });
        let answers: Vec<_> = answers.collect();
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), served, "{trusted:?}: {answers:?}");
    }
}

#[test]
fn the_upstream_is_told_the_host_with_its_port() {
    let routes = json!([{ "name": "open", "path": "/open/*", "upstream": "{}", "access": "public" }]);
    let (gateway, upstream) = start(&routes, |_| {});
    for (host, told) in [
        ("localhost:3000", "localhost:3000"),
        ("Shop.Example.", "shop.example"),
        ("Shop.Example.:08443", "shop.example:8443"),
        ("[::1]:3000", "[::1]:3000"),
    ] {
        let mut stream = connect(&gateway);
        let request = format!("GET /open/x HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("written");
        assert_eq!(status(&read_all(&mut stream)), 200, "{host}");
        assert!(upstream.last().contains(&format!("x-forwarded-host: {told}\r\n")), "{host}: {}", upstream.last());
    }
}

#[test]
fn a_trusted_proxys_word_of_host_port_and_scheme_passes() {
    let routes = json!([{ "name": "open", "path": "/open/*", "upstream": "{}", "access": "public" }]);
    let said = "X-Forwarded-Host: shop.example\r\nX-Forwarded-Port: 443\r\nX-Forwarded-Proto: https\r\n";
    for (trusted, passes) in [("127.0.0.0/8", true), ("", false)] {
        let trust = |settings: &mut EdgeSettings| settings.trusted_proxies = trusted.parse().expect("networks");
        let (gateway, upstream) = start(&routes, trust);
        assert_eq!(status(&get(&gateway, "/open/x", said)), 200);
        for line in said.to_ascii_lowercase().lines() {
            assert_eq!(upstream.last().contains(line), passes, "{line}: {}", upstream.last());
        }
    }
}

#[test]
fn a_target_that_is_no_uri_is_a_problem_like_any_other() {
    let (gateway, upstream) = shop();
    for target in ["/shop/x?f={\"a\":1}", "/shop/x?\"", "http://a%20b/shop/x", "http://a:b:c/shop/x", "http://[a/"] {
        let host = target.strip_prefix("http://").map_or("a", |rest| rest.split('/').next().unwrap_or_default());
        let mut stream = connect(&gateway);
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("written");
        let answer = read_all(&mut stream);
        assert_eq!(status(&answer), 400, "{target}: {answer}");
        assert!(problem(&answer)["request_id"].is_string() && answer.contains("x-request-id: "), "{answer}");
    }
    assert_eq!(upstream.connections(), 0);
    std::thread::sleep(Duration::from_millis(1200));
    let counted = "http_requests_total{method=\"other\",route=\"refused\",service=\"gateway\",status=\"400\"} 5";
    assert!(gateway.metrics.render().contains(counted), "{}", gateway.metrics.render());
}

#[test]
fn a_request_that_comes_back_to_the_gateway_is_a_loop() {
    let kept = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = kept.local_addr().expect("an address");
    drop(kept);
    let upstream = Upstream::start();
    let routes = json!([
        { "name": "round", "path": "/round/*", "upstream": format!("http://{own}"), "access": "public" },
        { "name": "open", "path": "/open/*", "upstream": format!("http://{}", upstream.address), "access": "public" },
    ]);
    let mut gateway = Gateway::listen(own, routes, &defaults(), AccessSink::Off, |settings| settings.cores = 2);
    gateway.serve();
    let answer = get(&gateway, "/round/x", "");
    assert_eq!(status(&answer), 508, "{answer}");
    assert_eq!(problem(&answer)["type"], "urn:orion:problem:loop-detected");
    // Naming the header as one of the connection's makes it no less of a loop.
    assert_eq!(status(&get(&gateway, "/round/x", "Connection: via\r\n")), 508);
    assert_eq!(status(&get(&gateway, "/open/x", "Via: 1.1 somebody-else\r\n")), 200);
    let seen = upstream.last();
    assert!(seen.contains("via: 1.1 somebody-else\r\n") && seen.matches("via: 1.1 orion-").count() == 1, "{seen}");
    // A service behind that calls another one here, and hands on what it was given, is no loop.
    let own = seen.split("via: ").find_map(|rest| rest.strip_prefix("1.1 orion-")).expect("its own line");
    let own = own.split("\r\n").next().unwrap_or_default();
    assert_eq!(status(&get(&gateway, "/open/x", &format!("Via: 1.1 orion-{own}, 1.1 behind\r\n"))), 200);
}

#[test]
fn headers_that_some_server_reads_as_the_gateways_word_stay_behind() {
    let (gateway, upstream) = shop();
    for name in [
        "X.Orion.User.Id",
        "X!Orion!User!Id",
        "X~Orion~Roles",
        "x-orion.user-id",
        "X|Orion-User`Id",
        "X.Forwarded.For",
        "X-Real.IP",
        "X_Anything",
        "X-Original-URL",
        "X-Original-URI",
        "X-Original-Method",
        "X-Rewrite-URL",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "X.Original.URL",
    ] {
        assert_eq!(status(&get(&gateway, "/shop/x", &format!("{name}: forged\r\n"))), 200, "{name}");
        assert!(!upstream.last().contains("forged"), "{name}: {}", upstream.last());
    }
    assert_eq!(status(&get(&gateway, "/shop/x", "X.Other: mine\r\nX-Orionis: mine\r\n")), 200);
    assert_eq!(upstream.last().matches("mine").count(), 2, "{}", upstream.last());
}

#[test]
fn options_of_the_whole_server_are_answered_by_the_gateway() {
    let (gateway, upstream) = shop();
    let answer = ask(&gateway, "OPTIONS", "*", "");
    assert_eq!(status(&answer), 204, "{answer}");
    assert!(answer.contains("allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"), "{answer}");
    assert_eq!(upstream.connections(), 0);
    assert_eq!(status(&ask(&gateway, "OPTIONS", "/shop/x", "")), 200);
}

#[test]
fn nothing_found_says_what_was_looked_for() {
    let (gateway, _upstream) = shop();
    let answer = ask(&gateway, "POST", "/nowhere?secret=1", "Content-Length: 0\r\n");
    assert_eq!(problem(&answer)["detail"], "There is nothing at POST /nowhere.");
    let long = format!("/{}", "x".repeat(4000));
    let detail = problem(&get(&gateway, &long, ""))["detail"].as_str().expect("a detail").len();
    assert!(detail < 300, "{detail}");
}
