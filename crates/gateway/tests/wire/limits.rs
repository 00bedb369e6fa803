//! What a route allows in time and size.

use super::service::{Next, Service, reply, said};
use super::{ask, connect, exchange, get, problem, serve};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

/// A service with answers of every length.
fn service() -> Service {
    Service::start(|heard, out| {
        let path = heard.head.split(' ').nth(1).unwrap_or_default();
        match path.rsplit('/').next().unwrap_or_default() {
            "drops" => {
                said(out, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                while said(out, b"1\r\na\r\n") == Next::Keep {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Next::Close
            }
            "flood" => {
                said(out, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                let chunk = format!("10000\r\n{}\r\n", "f".repeat(0x10000));
                while said(out, chunk.as_bytes()) == Next::Keep {}
                Next::Close
            }
            "slow" => {
                std::thread::sleep(Duration::from_secs(2));
                Next::Close
            }
            _ => reply(out, "200 OK", "", "ok"),
        }
    })
}

fn route(service: &Service, more: Value) -> Value {
    let mut route = json!({ "name": "shop", "path": "/*", "upstream": service.url(), "access": "public" });
    route.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    json!([route])
}

#[test]
fn the_time_of_the_whole_request_cuts_a_stream() {
    let service = service();
    let gateway = serve(route(&service, json!({ "total_ms": 500 })));
    let began = Instant::now();
    let answer = ask(&gateway, &get("/drops", ""));
    assert!((450..1_500).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!(answer.status, 200);
    assert!(!answer.is_whole && answer.body.len() > 5, "cut, and seen to be: {answer:?}");
}

#[test]
fn it_cuts_one_that_never_pauses_as_well() {
    let service = service();
    let gateway = serve(route(&service, json!({ "total_ms": 500 })));
    let mut stream = connect(&gateway);
    stream.write_all(&get("/flood", "")).expect("written");
    let began = Instant::now();
    let mut space = vec![0; 64 * 1024];
    // As fast as it can be read.
    while stream.read(&mut space).is_ok_and(|length| length > 0) {
        assert!(began.elapsed() < Duration::from_secs(5), "it goes on and on");
    }
    assert!((450..2_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}

#[test]
fn it_cuts_one_whose_client_reads_slowly() {
    let service = service();
    let gateway = serve(route(&service, json!({ "total_ms": 500 })));
    let mut stream = connect(&gateway);
    stream.write_all(&get("/flood", "")).expect("written");
    let requests = || service.requests();
    super::eventually("it began", || requests() == 1);
    // A little now and then: never so slow that it is cut for that.
    let began = Instant::now();
    let mut space = vec![0; 16 * 1024];
    while began.elapsed() < Duration::from_millis(1_500) {
        std::thread::sleep(Duration::from_millis(100));
        if stream.read(&mut space).is_ok_and(|length| length == 0) {
            break;
        }
    }
    let rest = {
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        all.len()
    };
    // What lay in the sockets is all that still came.
    assert!(rest < 16 * 1024 * 1024, "{rest}");
}

#[test]
fn an_answer_in_time_is_not_touched_by_it() {
    let service = service();
    let gateway = serve(route(&service, json!({ "total_ms": 500 })));
    let mut stream = connect(&gateway);
    // The time of one request is not that of the next one on its connection.
    for _ in 0..4 {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("written");
        let mut space = [0; 4096];
        let length = stream.read(&mut space).expect("an answer");
        assert!(space[..length].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&space[..length]));
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn an_upstream_that_does_not_answer_in_all_of_the_time_is_504() {
    let service = service();
    let gateway = serve(route(&service, json!({ "total_ms": 200, "timeout_ms": 5_000 })));
    let began = Instant::now();
    assert_eq!(problem(&exchange(&gateway, &get("/slow", "")))["status"], 504);
    assert!((150..1_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}

#[test]
fn a_client_that_takes_all_of_the_time_is_told_that_it_was_slow() {
    let service = service();
    let gateway = serve(route(&service, json!({ "total_ms": 200 })));
    let answer = exchange(&gateway, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    assert_eq!(problem(&answer)["status"], 408, "{answer}");
}

#[test]
fn a_head_beyond_what_its_route_takes_is_431() {
    let service = service();
    let gateway = serve(route(&service, json!({ "max_head_bytes": 300 })));
    let long = format!("X-Long: {}\r\n", "a".repeat(300));
    for request in [get("/", &long), get(&format!("/{}", "a".repeat(300)), ""), get("/", &"A: b\r\n".repeat(60))] {
        let answer = exchange(&gateway, &request);
        assert_eq!(problem(&answer)["status"], 431, "{answer}");
    }
    assert_eq!(ask(&gateway, &get("/", "X-Short: a\r\n")).status, 200);
    assert_eq!(service.requests(), 1);
}

#[test]
fn a_body_beyond_what_its_route_takes_is_413() {
    let service = service();
    let gateway = serve(route(&service, json!({ "max_body_bytes": 5 })));
    let answer = exchange(&gateway, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabcdef");
    assert_eq!(problem(&answer)["status"], 413, "{answer}");
    assert_eq!(service.connections(), 0);
}
