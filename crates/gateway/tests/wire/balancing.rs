//! Several endpoints: which one a request goes to, and what becomes of it when one is away.

use super::service::{DeadPort, Next, Service, reply};
use super::support::Gateway;
use super::{ask, connect, eventually, get, problem, serve};
use crate::answer::Answer;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

/// A gateway with one route, to an upstream of these endpoints.
fn balanced(endpoints: &[String], upstream: Value, route: Value) -> Gateway {
    let endpoints: Vec<_> = endpoints.iter().map(|url| json!({ "url": url })).collect();
    let mut whole = json!({ "name": "shop", "endpoints": endpoints });
    let mut shop = json!({ "name": "shop", "path": "/*", "upstream": "shop", "access": "public" });
    add(&mut whole, upstream);
    add(&mut shop, route);
    serve(json!({ "routes": [shop], "upstreams": [whole] }))
}

fn add(to: &mut Value, more: Value) {
    let Value::Object(more) = more else { panic!("an object") };
    to.as_object_mut().expect("an object").extend(more);
}

/// Who answered so many requests one after the other.
fn who(gateway: &Gateway, requests: usize, headers: &str) -> Vec<String> {
    let one = |_| {
        let answer = ask(gateway, &get("/", headers));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text()
    };
    (0..requests).map(one).collect()
}

fn counted(names: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    names.iter().for_each(|name| *counts.entry(&**name).or_default() += 1);
    counts
}

#[test]
fn round_robin_goes_from_one_to_the_next() {
    let (a, b, c) = (Service::saying("a"), Service::saying("b"), Service::saying("c"));
    let gateway = balanced(&[a.url(), b.url(), c.url()], json!({ "balance": "round_robin" }), json!({}));
    // Each comes by a connection of its own, so that both cores take part.
    let names = who(&gateway, 12, "");
    assert_eq!(names[..3].concat(), "abc", "{names:?}");
    assert!(names.chunks(3).all(|round| round == &names[..3]), "{names:?}");
}

#[test]
fn weights_say_how_often_each_is_asked() {
    let (a, b) = (Service::saying("a"), Service::saying("b"));
    let endpoints = json!([{ "url": a.url(), "weight": 3 }, { "url": b.url(), "weight": 1 }]);
    let gateway = balanced(&[], json!({ "balance": "weighted", "endpoints": endpoints }), json!({}));
    let names = who(&gateway, 16, "");
    assert_eq!(counted(&names), [("a", 12), ("b", 4)].into());
    // Evenly spread, not in blocks.
    assert!(names.chunks(4).all(|round| round.iter().any(|name| name == "b")), "{names:?}");
}

#[test]
fn consistent_hash_keeps_a_tenant_at_one_endpoint() {
    let (a, b, c) = (Service::saying("a"), Service::saying("b"), Service::saying("c"));
    let hash = json!({ "balance": "consistent_hash", "hash_by": "header:x-tenant" });
    let gateway = balanced(&[a.url(), b.url(), c.url()], hash, json!({}));
    let mut taken = Vec::new();
    for tenant in 0..60 {
        let names = who(&gateway, 4, &format!("X-Tenant: {tenant}\r\n"));
        assert_eq!(counted(&names).len(), 1, "tenant {tenant}: {names:?}");
        taken.extend(names);
    }
    assert_eq!(counted(&taken).len(), 3, "not all of them at one place");
}

#[test]
fn a_dead_endpoint_is_seen_by_nobody_and_left_out_after_five() {
    let (alive, dead) = (Service::saying("alive"), DeadPort::new());
    let upstream = json!({ "balance": "round_robin", "breaker": { "enabled": false } });
    let route = json!({ "retries": { "on": ["connect"], "backoff_ms": 0 } });
    let gateway = balanced(&[dead.url(), alive.url()], upstream, route);
    let names = who(&gateway, 30, "");
    assert_eq!(counted(&names), [("alive", 30)].into());
    let table = gateway.shared.routes.get();
    let cluster = table.clusters().get("shop").expect("the upstream");
    let now = gateway.shared.clock.monotonic();
    let well: Vec<_> = cluster.endpoints().iter().map(|endpoint| endpoint.is_well(now)).collect();
    assert_eq!(well, [false, true]);
    // It was asked five times, each with another try elsewhere, and never again.
    assert_eq!(alive.requests(), 30);
}

#[test]
fn without_retries_a_dead_endpoint_costs_five_requests_and_no_more() {
    let (alive, dead) = (Service::saying("alive"), DeadPort::new());
    let upstream = json!({ "balance": "round_robin", "breaker": { "enabled": false } });
    let gateway = balanced(&[dead.url(), alive.url()], upstream, json!({}));
    let statuses: Vec<_> = (0..30).map(|_| ask(&gateway, &get("/", "")).status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 502).count(), 5, "{statuses:?}");
    assert_eq!(alive.requests(), 25);
}

#[test]
fn when_all_endpoints_are_dead_each_request_is_told_so_at_once() {
    let dead = [DeadPort::new(), DeadPort::new(), DeadPort::new()];
    let urls: Vec<_> = dead.iter().map(DeadPort::url).collect();
    let route = json!({ "retries": { "on": ["connect"], "attempts": 3, "backoff_ms": 1 } });
    for balance in ["round_robin", "weighted", "least_connections", "random", "peak_ewma"] {
        let gateway = balanced(&urls, json!({ "balance": balance, "breaker": { "enabled": false } }), route.clone());
        for _ in 0..20 {
            let began = Instant::now();
            let answer = super::exchange(&gateway, &get("/", ""));
            assert_eq!(problem(&answer)["status"], 502, "{balance}: {answer}");
            assert!(began.elapsed() < Duration::from_secs(2), "{balance}");
        }
    }
}

#[test]
fn least_connections_spares_who_is_slow() {
    let slow = Service::start(|_, out| {
        std::thread::sleep(Duration::from_secs(2));
        reply(out, "200 OK", "", "slow")
    });
    let fast = Service::saying("fast");
    let upstream = json!({ "balance": "least_connections" });
    let gateway = balanced(&[slow.url(), fast.url()], upstream, json!({ "timeout_ms": 8_000 }));
    let mut waiting = Vec::new();
    eventually("the slow one has a request", || {
        slow.requests() == 1 || {
            waiting.push(connect(&gateway));
            waiting.last_mut().is_some_and(|stream| stream.write_all(&get("/", "")).is_err())
        }
    });
    // While it has one under way, all go elsewhere.
    assert_eq!(counted(&who(&gateway, 10, "")), [("fast", 10)].into());
    let answers = waiting.iter_mut().map(|stream| Answer::read(stream).expect("an answer").text());
    assert_eq!(answers.filter(|text| text == "slow").count(), 1);
}

#[test]
fn an_endpoint_that_breaks_off_its_answers_is_left_out_too() {
    let broken = Service::start(|_, out| {
        let _ = out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
        Next::Close
    });
    let well = Service::saying("well");
    let upstream = json!({ "balance": "round_robin", "breaker": { "enabled": false }, "outliers": { "failure_percent": 50, "minimum_requests": 10 } });
    let gateway = balanced(&[broken.url(), well.url()], upstream, json!({}));
    let whole: Vec<_> = (0..20).map(|_| ask(&gateway, &get("/", "")).is_whole).collect();
    // Each counts as begun well and as failed.
    assert_eq!(broken.requests(), 5, "{whole:?}");
    assert_eq!(whole.iter().filter(|is_whole| **is_whole).count(), 15);
}
