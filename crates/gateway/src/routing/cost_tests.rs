//! What finding a route and making a table cost. Run in release:
//! `cargo test -p orion-gateway --release --lib routing::cost -- --ignored --nocapture --test-threads=1`.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "what is printed are times of this machine")]

use super::fixtures::{Sent, defaults, get, route, route_with, services, table};
use super::{RouteConfig, Written};
use serde_json::json;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Routes of services that each have a prefix, two templates and an exact path.
fn routes(count: usize) -> Vec<RouteConfig> {
    let route = |number: usize| {
        let service = number / 4;
        let path = match number % 4 {
            0 => format!("/api/service-{service}/*"),
            1 => format!("/api/service-{service}/items/{{id}}"),
            2 => format!("/api/service-{service}/items/{{id}}/parts"),
            _ => format!("/api/service-{service}/health"),
        };
        route(&format!("r{number}"), &path)
    };
    (0..count).map(route).collect()
}

/// Requests that take routes of these in no order that caches know.
fn requests(count: usize) -> Vec<Sent> {
    let path = |number: usize| {
        let service = number.wrapping_mul(7919) % count.div_ceil(4);
        match number % 4 {
            0 => get(&format!("/api/service-{service}/orders/17")),
            1 => get(&format!("/api/service-{service}/items/{number}")),
            2 => get(&format!("/api/service-{service}/items/{number}/parts")),
            _ => get(&format!("/api/service-{service}/health")),
        }
    };
    (0..4096).map(path).collect()
}

/// The least of several rounds, which other work on the machine disturbs least.
fn nanoseconds(rounds: usize, requests: &[Sent], mut find: impl FnMut(&Sent)) -> f64 {
    let round = |_| {
        let begun = Instant::now();
        requests.iter().for_each(&mut find);
        begun.elapsed()
    };
    let least = (0..rounds).map(round).min().unwrap_or_default();
    least.as_nanos() as f64 / requests.len() as f64
}

#[test]
#[ignore = "needs a release build"]
fn what_finding_a_route_costs() {
    for count in [10, 100, 1000, 10_000, 100_000] {
        let table = table(&routes(count)).expect("a good table");
        let requests = requests(count.min(10_000));
        let all = nanoseconds(200, &requests, |sent| {
            let _ = black_box(table.find(&black_box(sent).asked()).expect("a route"));
        });
        println!("{count} routes: {all:.0} ns");
        let one = &requests[..1];
        let one = nanoseconds(2000, one, |sent| {
            for _ in 0..1000 {
                let _ = black_box(table.find(&black_box(sent).asked()).expect("a route"));
            }
        });
        println!("{count} routes, always the same request: {:.0} ns", one / 1000.0);
    }
    let hosts: Vec<_> = (0..10_000)
        .map(|number| route_with(&format!("r{number}"), "/*", json!({ "hosts": [format!("h{number}.example.com")] })))
        .collect();
    let table_of_hosts = table(&hosts).expect("a good table");
    let requests: Vec<_> =
        (0..4096_usize).map(|number| get("/a/b").host(&format!("h{}.example.com", number * 7919 % 10_000))).collect();
    let each = nanoseconds(200, &requests, |sent| {
        let _ = black_box(table_of_hosts.find(&black_box(sent).asked()).expect("a route"));
    });
    println!("10,000 hosts with one route each: {each:.0} ns");
    for (kind, more) in [
        ("a method", json!({ "methods": ["GET"] })),
        ("a header", json!({ "headers": [{ "name": "x-version", "is": "2" }] })),
        ("a parameter of the query", json!({ "query": [{ "name": "v", "is": "2" }] })),
        ("a CEL condition", json!({ "when": "request.headers[\"x-version\"] == \"2\"" })),
        ("a CEL condition of the address", json!({ "when": "request.ip.inNetwork(\"127.0.0.0/8\")" })),
    ] {
        let table = table(&[route_with("a", "/a/*", more)]).expect("a good table");
        let requests = [get("/a/b?v=2").header("x-version", "2").header("accept", "*/*").header("user-agent", "curl")];
        let each = nanoseconds(2000, &requests, |sent| {
            let _ = black_box(table.find(&black_box(sent).asked()).expect("a route"));
        });
        println!("one route with {kind}: {each:.0} ns");
    }
    let regex = table(&[route("a", "~^/v[12]/.*$")]).expect("a good table");
    let each = nanoseconds(2000, &[get("/v2/items/17")], |sent| {
        let _ = black_box(regex.find(&black_box(sent).asked()).expect("a route"));
    });
    println!("one route with a regular expression: {each:.0} ns");
}

#[test]
#[ignore = "needs a release build"]
fn what_making_a_table_costs() {
    let mut configs = routes(10_000);
    let mut took = Vec::new();
    for _ in 0..10 {
        let begun = Instant::now();
        let table = table(&configs).expect("a good table");
        took.push(begun.elapsed());
        drop(table);
    }
    println!("10,000 routes from nothing: {:?}", took.iter().min().expect("a time"));
    let mut current = table(&configs).expect("a good table");
    let mut took = Vec::new();
    for round in 0..50_u64 {
        configs[5000].timeout_ms = Some(1000 + round);
        let begun = Instant::now();
        let next = current
            .changed(&services(), Written { routes: &configs, upstreams: &[] }, &defaults(), Duration::ZERO)
            .expect("a good table");
        took.push(begun.elapsed());
        current = next;
    }
    took.sort();
    println!("one of 10,000 routes changed: {:?} (median), {:?} (most)", took[took.len() / 2], took[took.len() - 1]);
    assert!(took[took.len() / 2] < Duration::from_millis(100));
}
