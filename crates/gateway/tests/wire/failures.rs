//! Upstreams that fail: what the client is told of it.

use super::eventually;
use super::{connect, exchange, get, problem, read_all, start, statuses};
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

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
fn answers_that_only_announce_another_one_are_passed_on_and_bounded() {
    let (gateway, _upstream) = start(|_| {});
    let hints = exchange(&gateway, &get("/open/hints", ""));
    assert!(hints.starts_with("HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\n"), "{hints}");
    assert!(hints.ends_with("ok"), "{hints}");
    let interim = exchange(&gateway, &get("/open/interim", ""));
    assert_eq!(statuses(&interim), [vec![102; 12], vec![200]].concat(), "{interim}");
    let old = exchange(&gateway, b"GET /open/hints HTTP/1.0\r\nHost: a\r\n\r\n");
    assert!(old.starts_with("HTTP/1.0 200 OK\r\n"), "HTTP/1.0 knows no such thing: {old}");
    assert_eq!(statuses(&exchange(&gateway, &get("/open/endless", ""))).last(), Some(&502));
}

#[test]
fn an_upstream_that_takes_no_more_of_a_body_is_late_and_not_the_client() {
    let (gateway, _upstream) = start(|_| {});
    let mut request = b"POST /large/stalls HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n".to_vec();
    request.resize(request.len() + 9_000_000, b'a');
    let mut stream = connect(&gateway);
    let mut reader = stream.try_clone().expect("a clone");
    let reading = std::thread::spawn(move || read_all(&mut reader));
    let started = Instant::now();
    let _ = stream.write_all(&request);
    let answer = reading.join().expect("no panic");
    assert_eq!(statuses(&answer), [504], "{answer}");
    assert!(started.elapsed() >= Duration::from_millis(550), "it has the time of its route");
}

#[test]
fn an_upstream_that_waits_for_a_long_body_is_not_silent() {
    let (gateway, _upstream) = start(|settings| settings.timeouts.body = 5_000);
    let mut stream = connect(&gateway);
    let mut reader = stream.try_clone().expect("a clone");
    let reading = std::thread::spawn(move || read_all(&mut reader));
    stream
        .write_all(b"POST /large/late HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 12\r\n\r\n")
        .expect("written");
    for _ in 0..12 {
        std::thread::sleep(Duration::from_millis(100));
        stream.write_all(b"x").expect("it is still taken");
    }
    let answer = reading.join().expect("no panic");
    assert!(answer.ends_with("5\r\nearly\r\n4\r\nlate\r\n0\r\n\r\n"), "{answer}");
}

#[test]
fn a_client_that_knows_the_end_by_the_connections_end_alone_sees_a_reset_when_it_is_not_whole() {
    let (gateway, _upstream) = start(|_| {});
    let mut stream = connect(&gateway);
    stream.write_all(b"GET /open/half-chunks HTTP/1.0\r\nHost: a\r\n\r\n").expect("written");
    let (mut space, mut end) = ([0; 4096], Ok(1));
    while matches!(end, Ok(1..)) {
        end = stream.read(&mut space);
    }
    assert_eq!(end.map_err(|error| error.kind()), Err(ErrorKind::ConnectionReset));
    // One that came whole ends as ever.
    let answer = exchange(&gateway, b"GET /open/chunks HTTP/1.0\r\nHost: a\r\n\r\n");
    assert!(answer.ends_with("abcde"), "{answer}");
}

#[test]
fn an_idle_connection_that_the_upstream_closes_is_closed_here_as_well() {
    let (gateway, upstream) = start(|_| {});
    assert_eq!(statuses(&exchange(&gateway, &get("/open/farewell", ""))), [200]);
    eventually("it is closed", || upstream.ended() == 1);
}

#[test]
fn what_must_not_be_sent_twice_takes_no_connection_that_has_lain_idle() {
    let (gateway, upstream) = start(|settings| settings.cores = 1);
    let post = b"POST /open/fickle HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    for _ in 0..3 {
        assert_eq!(statuses(&exchange(&gateway, post)), [200]);
        std::thread::sleep(Duration::from_millis(700));
    }
    assert_eq!(upstream.connections(), 3);
}

/// It may have answered before the body came, and closes then: whoever is next would be told of a broken upstream.
#[test]
fn an_upstream_that_refused_a_body_is_not_asked_again_on_the_same_connection() {
    let (gateway, upstream) = start(|settings| settings.cores = 1);
    let post = |path: &str| {
        format!("POST /open/{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")
            .into_bytes()
    };
    for _ in 0..3 {
        assert_eq!(statuses(&exchange(&gateway, &post("unfit"))), [415]);
    }
    assert_eq!(upstream.connections(), 3);
    for _ in 0..3 {
        assert_eq!(statuses(&exchange(&gateway, &post("fit"))), [200]);
    }
    assert_eq!(upstream.connections(), 4, "one that took its bodies is used again");
}
