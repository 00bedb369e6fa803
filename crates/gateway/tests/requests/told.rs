//! What the upstream is told of a request, and what passes back and forth.

use super::support::{Gateway, defaults};
use super::upstream::Upstream;
use super::{connect, get, problem, read_all, shop, start, status};
use orion_gateway::edge::EdgeSettings;
use orion_gateway::observe::AccessSink;
use serde_json::json;
use std::io::Write;
use std::time::Duration;

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
