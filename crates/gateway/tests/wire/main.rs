//! The gateway on the wire: raw bytes in, what comes back and what the upstream saw.

#![allow(clippy::disallowed_methods, reason = "what is measured is real time")]

mod balancing;
mod breaker;
mod bulkhead;
mod clients;
mod connections;
mod failures;
mod framing;
mod https;
mod limits;
mod observed;
mod operators;
mod passing;
mod policies;
mod retries;
mod tokens;
mod tunnels;

#[allow(unreachable_pub, missing_docs, reason = "one module per test crate")]
#[path = "../support/answer.rs"]
mod answer;
#[allow(unreachable_pub, missing_docs, reason = "one module per test crate")]
#[path = "../support/service.rs"]
mod service;
#[allow(unreachable_pub, missing_docs, reason = "one module per test crate")]
#[path = "../support/mod.rs"]
mod support;
#[allow(unreachable_pub, missing_docs, reason = "one module per test crate")]
#[path = "../support/upstream.rs"]
mod upstream;

use answer::Answer;
use orion_gateway::edge::EdgeSettings;
use orion_gateway::observe::AccessSink;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};
use support::{Gateway, defaults};
use upstream::Upstream;

/// A gateway with a public route `/open/*`, a protected `/shop/*` and others, before an upstream.
fn start(change: impl FnOnce(&mut EdgeSettings)) -> (Gateway, Upstream) {
    let (mut gateway, upstream) = listen(change);
    gateway.serve();
    (gateway, upstream)
}

/// The same, but it serves nobody yet.
fn listen(change: impl FnOnce(&mut EdgeSettings)) -> (Gateway, Upstream) {
    listen_and_log(AccessSink::Off, change)
}

/// The same, with an access log.
fn listen_and_log(log: AccessSink, change: impl FnOnce(&mut EdgeSettings)) -> (Gateway, Upstream) {
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
    let gateway = Gateway::listen("127.0.0.1:0".parse().expect("an address"), routes, &defaults(), log, |settings| {
        settings.cores = 2;
        settings.timeouts.head = 300;
        settings.timeouts.body = 300;
        settings.idle = Duration::from_millis(400);
        change(settings);
    });
    (gateway, upstream)
}

/// A gateway with these routes and upstreams, `{ "routes": […], "upstreams": […] }`.
fn serve(config: Value) -> Gateway {
    let address = "127.0.0.1:0".parse().expect("an address");
    let mut gateway = Gateway::listen(address, config, &defaults(), AccessSink::Off, |settings| settings.cores = 2);
    gateway.serve();
    gateway
}

/// Sends bytes and reads the answer to them.
fn ask(gateway: &Gateway, bytes: &[u8]) -> Answer {
    let mut stream = connect(gateway);
    stream.write_all(bytes).expect("written");
    Answer::read(&mut stream).expect("an answer")
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

/// Sends bytes, closes the writing side, and reads until the gateway closes.
fn exchange_half_closed(gateway: &Gateway, bytes: &[u8]) -> String {
    let mut stream = connect(gateway);
    stream.write_all(bytes).expect("written");
    stream.shutdown(Shutdown::Write).expect("closed on one side");
    read_all(&mut stream)
}

/// Goes without a word. Who only ends its side may still wait for its answer.
fn hang_up(stream: TcpStream) {
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("an option");
}

/// Waits until something is so.
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
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
