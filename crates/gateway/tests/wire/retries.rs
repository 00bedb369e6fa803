//! Retries: what is sent again, where to, how often, and what never is.

use super::service::{DeadPort, Heard, Next, Service, reply};
use super::support::Gateway;
use super::{ask, connect, exchange, get, hang_up, problem, serve};
use crate::answer::Answer;
use serde_json::{Value, json};
use std::io::Write;
use std::time::{Duration, Instant};

/// A gateway whose route tries again, before these services.
fn retrying(services: &[&Service], retries: Value, route: Value) -> Gateway {
    let endpoints: Vec<_> = services.iter().map(|service| json!({ "url": service.url() })).collect();
    let mut shop = json!({ "name": "shop", "path": "/*", "upstream": "shop", "access": "public", "max_body_bytes": 1_000_000, "retries": retries });
    shop.as_object_mut().expect("an object").extend(route.as_object().expect("an object").clone());
    let upstream = json!({
        "name": "shop", "endpoints": endpoints, "balance": "round_robin",
        "breaker": { "enabled": false }, "retry_budget": { "minimum_per_second": 100 },
        "outliers": { "consecutive_failures": 0 },
    });
    serve(json!({ "routes": [shop], "upstreams": [upstream] }))
}

/// A service that fails so many times, and answers then.
fn failing(times: usize, how: impl Fn(&mut dyn Write) -> Next + Send + Sync + 'static) -> Service {
    Service::start(move |heard, out| if heard.number < times { how(out) } else { reply(out, "200 OK", "", "done") })
}

fn reset(_: &mut dyn Write) -> Next {
    Next::Close
}

fn unavailable(out: &mut dyn Write) -> Next {
    reply(out, "503 Service Unavailable", "", "not now")
}

fn post(headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
        .into_bytes()
}

#[test]
fn a_get_is_sent_again_after_a_reset_and_after_503() {
    for how in [reset, unavailable] {
        let service = failing(1, how);
        let gateway = retrying(&[&service], json!({ "on": ["reset", "503"], "backoff_ms": 5 }), json!({}));
        let answer = ask(&gateway, &get("/a?b=c", "X-Own: 1\r\n"));
        assert_eq!((answer.status, answer.text()), (200, "done".to_owned()));
        let heads: Vec<_> = service.heard().into_iter().map(|heard| heard.head).collect();
        assert_eq!(heads.len(), 2);
        assert!(heads.iter().all(|head| head.starts_with("get /a?b=c http/1.1") && head.contains("x-own: 1")));
        let id = |head: &str| head.lines().find(|line| line.starts_with("x-request-id")).map(str::to_owned);
        assert!(id(&heads[0]).is_some() && id(&heads[0]) == id(&heads[1]), "one request, by its id: {heads:?}");
    }
}

#[test]
fn another_endpoint_is_preferred() {
    let (bad, good) = (failing(usize::MAX, unavailable), Service::saying("good"));
    let gateway = retrying(&[&bad, &good], json!({ "on": ["503"], "backoff_ms": 0 }), json!({}));
    for _ in 0..10 {
        assert_eq!(ask(&gateway, &get("/", "")).text(), "good");
    }
    assert!(bad.requests() >= 4, "it is asked first by turns");
    assert_eq!(good.requests(), 10, "and who was there is not asked twice");
}

#[test]
fn what_the_last_try_answers_is_the_clients() {
    let service = Service::start(|heard, out| {
        reply(out, "503 Service Unavailable", &format!("X-Try: {}\r\n", heard.number), "not now")
    });
    let gateway = retrying(&[&service], json!({ "on": ["503"], "attempts": 3, "backoff_ms": 1 }), json!({}));
    let answer = ask(&gateway, &get("/", ""));
    assert_eq!((answer.status, answer.header("x-try"), answer.text()), (503, Some("2"), "not now".to_owned()));
    assert_eq!(service.requests(), 3);
}

#[test]
fn a_post_is_never_sent_again_once_it_was_sent() {
    for how in [reset, unavailable] {
        let service = failing(usize::MAX, how);
        let retries = json!({ "on": ["connect", "refused", "reset", "503"], "attempts": 5, "backoff_ms": 1 });
        let gateway = retrying(&[&service], retries, json!({}));
        assert!(ask(&gateway, &post("", "pay")).status >= 502);
        // The key alone says nothing: the route has to say that its upstream knows it.
        assert!(ask(&gateway, &post("Idempotency-Key: k\r\n", "pay")).status >= 502);
        assert_eq!(service.requests(), 2);
    }
}

#[test]
fn a_post_that_found_no_connection_is_sent_elsewhere() {
    let (alive, dead) = (Service::saying("alive"), DeadPort::new());
    let upstream = json!({ "name": "shop", "endpoints": [{ "url": dead.url() }, { "url": alive.url() }], "balance": "round_robin", "outliers": { "consecutive_failures": 0 } });
    let route = json!({ "name": "shop", "path": "/*", "upstream": "shop", "access": "public", "retries": { "on": ["connect"] } });
    let gateway = serve(json!({ "routes": [route], "upstreams": [upstream] }));
    for _ in 0..6 {
        assert_eq!(ask(&gateway, &post("", "pay")).text(), "alive");
    }
    assert!(alive.heard().iter().all(|heard| heard.body == "pay"));
    assert_eq!(alive.requests(), 6);
}

#[test]
fn a_keyed_post_is_sent_again_with_the_same_body_and_key() {
    let body = "b".repeat(20_000);
    for how in [reset, unavailable] {
        let service = failing(1, how);
        let retries = json!({ "on": ["reset", "503"], "keyed": true, "backoff_ms": 1 });
        let gateway = retrying(&[&service], retries, json!({}));
        let answer = ask(&gateway, &post("Idempotency-Key: k1\r\n", &body));
        assert_eq!(answer.text(), "done");
        let same = |heard: &Heard| heard.body == body && heard.head.contains("idempotency-key: k1");
        let heard = service.heard();
        assert!(heard.len() == 2 && heard.iter().all(same), "{}", heard.len());
        assert_eq!(ask(&gateway, &post("", "no key")).text(), "done");
    }
}

#[test]
fn a_body_in_chunks_is_sent_again_as_well() {
    let service = failing(1, unavailable);
    let gateway = retrying(&[&service], json!({ "on": ["503"], "backoff_ms": 1 }), json!({}));
    let answer = ask(
        &gateway,
        b"PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    );
    assert_eq!(answer.text(), "done");
    let bodies: Vec<_> = service.heard().into_iter().map(|heard| heard.body).collect();
    assert_eq!(bodies, ["abcde", "abcde"]);
}

#[test]
fn a_body_in_chunks_stays_in_chunks_whatever_is_in_it() {
    // Sent again without chunks around it, a server would take what is in it for their end, and for a request of its own.
    let hidden = "0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
    for body in [hidden, ""] {
        let service = failing(1, unavailable);
        let gateway = retrying(&[&service], json!({ "on": ["503"], "backoff_ms": 1 }), json!({}));
        let chunk = if body.is_empty() { String::new() } else { format!("{:x}\r\n{body}\r\n", body.len()) };
        let mut stream = connect(&gateway);
        let head = "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes()).expect("written");
        // So that the head is on its way before it is known that nothing follows.
        std::thread::sleep(Duration::from_millis(100));
        stream.write_all(format!("{chunk}0\r\n\r\n").as_bytes()).expect("written");
        assert_eq!(Answer::read(&mut stream).expect("an answer").text(), "done");
        let heard = service.heard();
        assert_eq!(heard.len(), 2, "{heard:?}");
        assert!(heard.iter().all(|heard| heard.body == body && heard.head.contains("\r\ntransfer-encoding: chunked")));
    }
}

#[test]
fn a_body_with_trailers_is_sent_once() {
    let service = failing(1, unavailable);
    let gateway = retrying(&[&service], json!({ "on": ["503"], "backoff_ms": 1 }), json!({}));
    let answer = ask(
        &gateway,
        b"PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nDigest: x\r\n\r\n",
    );
    assert_eq!((answer.status, service.requests()), (503, 1));
}

#[test]
fn a_body_that_is_too_large_to_keep_is_sent_once() {
    let service = failing(usize::MAX, unavailable);
    let retries = json!({ "on": ["503"], "attempts": 3, "backoff_ms": 1, "max_body_bytes": 1000 });
    let gateway = retrying(&[&service], retries, json!({}));
    let put = |body: &str| {
        let text = String::from_utf8(post("", body)).expect("text");
        ask(&gateway, text.replacen("POST", "PUT", 1).as_bytes())
    };
    let chunked = |body: &str| {
        let text = format!(
            "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        );
        ask(&gateway, text.as_bytes())
    };
    for (size, tries) in [(1000, 3), (1001, 1)] {
        for put in [&put as &dyn Fn(&str) -> Answer, &chunked] {
            let before = service.requests();
            let answer = put(&"b".repeat(size));
            assert_eq!((answer.status, answer.text()), (503, "not now".to_owned()));
            let heard = service.heard().split_off(before);
            assert_eq!(heard.len(), tries, "{size}");
            assert!(heard.iter().all(|heard| heard.body.len() == size));
        }
    }
}

#[test]
fn tries_are_bounded_by_their_number_and_by_the_budget() {
    let service = failing(usize::MAX, reset);
    let gateway = retrying(&[&service], json!({ "on": ["reset"], "attempts": 4, "backoff_ms": 1 }), json!({}));
    assert_eq!(problem(&exchange(&gateway, &get("/", "")))["status"], 502);
    assert_eq!(service.requests(), 4);

    let service = failing(usize::MAX, reset);
    let upstream = json!({
        "name": "shop", "endpoints": [{ "url": service.url() }], "breaker": { "enabled": false },
        "retry_budget": { "percent": 20, "minimum_per_second": 0 },
    });
    let retries = json!({ "on": ["reset"], "attempts": 4, "backoff_ms": 0 });
    let route = json!({ "name": "shop", "path": "/*", "upstream": "shop", "access": "public", "retries": retries });
    let gateway = serve(json!({ "routes": [route], "upstreams": [upstream] }));
    (0..20).for_each(|_| assert_eq!(ask(&gateway, &get("/", "")).status, 502));
    assert_eq!(service.requests(), 24, "a fifth of what came is tried again");
}

#[test]
fn an_upstream_that_asks_for_more_patience_than_there_is_is_not_asked_again() {
    let service = Service::start(|_, out| reply(out, "503 Service Unavailable", "Retry-After: 60\r\n", "later"));
    let gateway = retrying(&[&service], json!({ "on": ["503"], "attempts": 3 }), json!({}));
    let answer = ask(&gateway, &get("/", ""));
    assert_eq!((answer.status, answer.header("retry-after"), service.requests()), (503, Some("60"), 1));
}

#[test]
fn a_try_has_a_time_of_its_own() {
    let service = Service::start(|heard, out| {
        if heard.number == 0 {
            std::thread::sleep(Duration::from_secs(3));
        }
        reply(out, "200 OK", "", "done")
    });
    let retries = json!({ "on": ["timeout"], "per_try_ms": 200, "backoff_ms": 1 });
    let gateway = retrying(&[&service], retries, json!({ "timeout_ms": 5000 }));
    let began = Instant::now();
    assert_eq!(ask(&gateway, &get("/", "")).text(), "done");
    assert!((150..1_500).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}

#[test]
fn the_time_for_an_answer_counts_for_all_tries_together() {
    let service = Service::start(|_, _| {
        std::thread::sleep(Duration::from_secs(3));
        Next::Close
    });
    let retries = json!({ "on": ["timeout"], "per_try_ms": 400, "attempts": 5, "backoff_ms": 1 });
    let gateway = retrying(&[&service], retries, json!({ "timeout_ms": 600 }));
    let began = Instant::now();
    assert_eq!(problem(&exchange(&gateway, &get("/", "")))["status"], 504);
    assert!((550..1_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!(service.requests(), 2);
}

#[test]
fn the_time_of_the_whole_request_ends_all_tries() {
    let service = Service::start(|_, _| {
        std::thread::sleep(Duration::from_millis(300));
        Next::Close
    });
    let retries = json!({ "on": ["reset"], "attempts": 5, "backoff_ms": 1 });
    let gateway = retrying(&[&service], retries, json!({ "timeout_ms": 5000, "total_ms": 500 }));
    let began = Instant::now();
    let answer = problem(&exchange(&gateway, &get("/", "")));
    assert_eq!(answer["status"], 504, "{answer}");
    assert!((450..1_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!(service.requests(), 2);
}

#[test]
fn a_client_that_goes_is_not_tried_for_any_more() {
    let service = failing(usize::MAX, unavailable);
    let retries = json!({ "on": ["503"], "attempts": 5, "backoff_ms": 60_000, "longest_backoff_ms": 60_000 });
    let gateway = retrying(&[&service], retries, json!({}));
    let mut stream = connect(&gateway);
    stream.write_all(&get("/", "")).expect("written");
    super::eventually("it was asked", || service.requests() == 1);
    hang_up(stream);
    let cluster = gateway.shared.routes.get().clusters().get("shop").expect("the upstream").clone();
    super::eventually("nothing is under way", || cluster.endpoints()[0].in_flight() == 0);
    assert_eq!(service.requests(), 1);
}
