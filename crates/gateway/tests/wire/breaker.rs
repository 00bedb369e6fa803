//! Breakers: an upstream that fails is let alone, and tried again with care.

use super::service::{Next, Service, reply};
use super::support::Gateway;
use super::{ask, connect, eventually, exchange, get, hang_up, problem, serve};
use orion_contracts::upstreams::CircuitState;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// What the service does instead of answering with a status.
const CLOSES: u16 = 0;
const WAITS: u16 = 1;

/// A service whose answers can be changed, behind a breaker that opens after three failures in a row.
fn guarded(breaker: Value) -> (Gateway, Service, Arc<AtomicU16>) {
    let status = Arc::new(AtomicU16::new(200));
    let now = status.clone();
    let service = Service::start(move |_, out| match now.load(Ordering::SeqCst) {
        CLOSES => Next::Close,
        WAITS => {
            std::thread::sleep(Duration::from_secs(3));
            Next::Close
        }
        status => reply(out, &format!("{status} Status"), "", "said"),
    });
    let mut whole = json!({ "consecutive_failures": 3, "open_ms": 1500, "half_open_requests": 1 });
    whole.as_object_mut().expect("an object").extend(breaker.as_object().expect("an object").clone());
    let gateway = serve(json!({
        "routes": [
            { "name": "shop", "path": "/*", "upstream": "shop", "access": "public" },
            { "name": "brief", "path": "/brief", "upstream": "shop", "access": "public", "total_ms": 150 },
        ],
        "upstreams": [{ "name": "shop", "endpoints": [{ "url": service.url() }], "breaker": whole }],
    }));
    (gateway, service, status)
}

fn circuit(gateway: &Gateway) -> CircuitState {
    gateway.shared.routes.get().clusters().get("shop").expect("the upstream").breaker().circuit()
}

fn status(gateway: &Gateway) -> u16 {
    ask(gateway, &get("/", "")).status
}

/// Asks for something and goes before it is answered.
fn ask_and_go(gateway: &Gateway, service: &Service) {
    let before = service.requests();
    let mut stream = connect(gateway);
    stream.write_all(&get("/", "")).expect("written");
    eventually("the service has it", || service.requests() > before);
    hang_up(stream);
}

#[test]
fn an_upstream_that_says_503_or_closes_is_let_alone() {
    for (failing, told) in [(503, 503), (CLOSES, 502), (504, 504)] {
        let (gateway, service, now) = guarded(json!({}));
        assert_eq!(status(&gateway), 200);
        now.store(failing, Ordering::SeqCst);
        assert_eq!([status(&gateway), status(&gateway), status(&gateway)], [told; 3]);
        let heard = service.requests();
        let began = Instant::now();
        for _ in 0..5 {
            let answer = exchange(&gateway, &get("/", ""));
            let retry_after = answer.lines().find_map(|line| line.strip_prefix("retry-after: "));
            assert!(matches!(retry_after, Some("1" | "2")), "{answer}");
            assert_eq!(problem(&answer)["status"], 503);
        }
        assert!(began.elapsed() < Duration::from_secs(1), "nobody waits for it");
        assert_eq!(service.requests(), heard, "it sees nothing more");
        assert_eq!(circuit(&gateway), CircuitState::Open);
    }
}

#[test]
fn answers_of_the_application_open_nothing() {
    let (gateway, service, now) = guarded(json!({}));
    for answered in [500, 404, 429, 501] {
        now.store(answered, Ordering::SeqCst);
        (0..5).for_each(|_| assert_eq!(status(&gateway), answered));
    }
    assert_eq!(service.requests(), 20);
    assert_eq!(circuit(&gateway), CircuitState::Closed);
}

#[test]
fn after_a_rest_one_passes_and_closes_it_again() {
    let (gateway, service, now) = guarded(json!({ "open_ms": 400 }));
    now.store(503, Ordering::SeqCst);
    (0..3).for_each(|_| assert_eq!(status(&gateway), 503));
    // The first that passes after the rest fails: it rests again.
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(status(&gateway), 503);
    assert_eq!((service.requests(), circuit(&gateway)), (4, CircuitState::Open));
    assert_eq!(status(&gateway), 503);
    assert_eq!(service.requests(), 4);
    now.store(200, Ordering::SeqCst);
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(status(&gateway), 200);
    assert_eq!(circuit(&gateway), CircuitState::Closed);
    (0..5).for_each(|_| assert_eq!(status(&gateway), 200));
}

#[test]
fn a_probe_whose_client_goes_leaves_its_place_to_another() {
    let (gateway, service, now) = guarded(json!({ "open_ms": 300 }));
    now.store(503, Ordering::SeqCst);
    (0..3).for_each(|_| assert_eq!(status(&gateway), 503));
    std::thread::sleep(Duration::from_millis(500));
    now.store(WAITS, Ordering::SeqCst);
    ask_and_go(&gateway, &service);
    assert_eq!(circuit(&gateway), CircuitState::HalfOpen);
    now.store(200, Ordering::SeqCst);
    eventually("another takes the place", || status(&gateway) == 200);
    assert_eq!(circuit(&gateway), CircuitState::Closed);
}

#[test]
fn clients_that_hang_up_open_nothing() {
    let (gateway, service, now) = guarded(json!({}));
    now.store(WAITS, Ordering::SeqCst);
    (0..6).for_each(|_| ask_and_go(&gateway, &service));
    now.store(200, Ordering::SeqCst);
    assert_eq!(status(&gateway), 200);
    assert_eq!(circuit(&gateway), CircuitState::Closed);
}

#[test]
fn an_upstream_that_is_silent_opens_it_whichever_time_was_over_first() {
    for path in ["/", "/brief"] {
        let (gateway, service, now) = guarded(json!({}));
        now.store(WAITS, Ordering::SeqCst);
        for _ in 0..3 {
            let answer = ask(&gateway, &get(path, ""));
            assert_eq!(answer.status, 504, "{answer:?}");
        }
        assert_eq!((circuit(&gateway), service.requests()), (CircuitState::Open, 3), "{path}");
    }
}

#[test]
fn a_client_that_is_slow_to_send_opens_nothing() {
    let (gateway, _service, _now) = guarded(json!({}));
    for _ in 0..4 {
        let answer = ask(&gateway, b"POST /brief HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
        assert_eq!(answer.status, 408, "{answer:?}");
    }
    assert_eq!(circuit(&gateway), CircuitState::Closed);
    assert_eq!(status(&gateway), 200);
}
