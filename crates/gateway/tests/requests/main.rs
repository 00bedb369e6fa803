//! What a request must be before it reaches an upstream, whom it is from, and what the upstream is told of it.

#![allow(clippy::disallowed_methods, reason = "what is measured is real time")]

mod paths;
mod tokens;
mod told;

#[allow(unreachable_pub, missing_docs, reason = "one module per test crate")]
#[path = "../support/mod.rs"]
mod support;
#[allow(unreachable_pub, missing_docs, dead_code, reason = "one module per test crate")]
#[path = "../support/upstream.rs"]
mod upstream;

use orion_gateway::edge::EdgeSettings;
use orion_gateway::observe::AccessSink;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use support::{Gateway, defaults};
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
