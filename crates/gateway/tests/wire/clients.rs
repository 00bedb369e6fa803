//! What clients do in the middle of an exchange: they end their side, reset, break off, send ahead, or wait for leave.

use super::service::{Next, Service, said};
use super::upstream::MUCH;
use super::{connect, eventually, exchange_half_closed, get, problem, read_all, serve, start, statuses};
use serde_json::json;
use socket2::SockRef;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[test]
fn a_client_that_ends_its_writing_side_gets_its_answers() {
    let (gateway, upstream) = start(|settings| settings.idle = Duration::from_secs(60));
    let post = "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    for (request, answers) in [
        ("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 1),
        ("GET /patient/slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(), 1),
        ("GET /patient/slow HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 1),
        (post.to_owned(), 1),
        (format!("{post}{post}GET /patient/slow HTTP/1.1\r\nHost: a\r\n\r\n"), 3),
        // An unfinished head is no request.
        (format!("{post}GET /open/x HTT"), 1),
    ] {
        let started = Instant::now();
        let answer = exchange_half_closed(&gateway, request.as_bytes());
        assert_eq!(statuses(&answer), vec![200; answers], "{request:?}: {answer}");
        assert!(started.elapsed() < Duration::from_secs(3), "{request:?} is closed at once behind its answers");
    }
    let answer = exchange_half_closed(&gateway, b"GET /open/x HTTP/1.0\r\nHost: a\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 200 OK") && answer.ends_with("0 bytes"), "{answer}");
    assert_eq!((upstream.requests(), upstream.broken()), (9, 0));
}

#[test]
fn a_long_answer_reaches_a_client_that_has_ended_its_writing_side_and_reads_slowly() {
    let (gateway, _upstream) = start(|settings| settings.timeouts.body = 5_000);
    let mut stream = connect(&gateway);
    stream.write_all(b"GET /large/much HTTP/1.1\r\nHost: a\r\n\r\n").expect("written");
    stream.shutdown(std::net::Shutdown::Write).expect("closed on one side");
    std::thread::sleep(Duration::from_millis(300));
    let answer = read_all(&mut stream);
    let (_, body) = answer.split_once("\r\n\r\n").expect("an answer");
    assert_eq!(body.len(), MUCH);
}

#[test]
fn a_client_that_resets_its_connection_cancels_the_upstreams_work() {
    let (gateway, upstream) = start(|_| {});
    let mut stream = connect(&gateway);
    stream.write_all(&get("/patient/waits", "")).expect("written");
    eventually("the upstream has the request", || upstream.requests() == 1);
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("no lingering");
    drop(stream);
    eventually("the upstream's connection is ended", || upstream.ended() == 1);
}

#[test]
fn short_pieces_do_not_pile_up_behind_a_client_that_does_not_read() {
    let written = Arc::new(AtomicUsize::new(0));
    let counted = written.clone();
    let flood = Service::start(move |_, out| {
        let chunks = "64\r\n".to_owned() + &"c".repeat(100) + "\r\n";
        let chunks = chunks.repeat(500);
        let mut sent = said(out, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        // A gigabyte at most.
        for _ in 0..20_000 {
            if sent == Next::Close {
                break;
            }
            sent = said(out, chunks.as_bytes());
            counted.fetch_add(chunks.len(), Ordering::SeqCst);
        }
        Next::Close
    });
    let gateway = serve(
        json!({ "routes": [{ "name": "flood", "path": "/*", "upstream": flood.url(), "access": "public" }], "upstreams": [] }),
    );
    let mut stream = connect(&gateway);
    stream.write_all(&get("/", "")).expect("written");
    let mut before = 0;
    // Until nobody takes any more of it, which sockets do for a while.
    for _ in 0..50 {
        std::thread::sleep(Duration::from_millis(200));
        let now = written.load(Ordering::SeqCst);
        if now > 0 && now == before {
            break;
        }
        before = now;
    }
    assert!(before > 0 && before < 64 * 1024 * 1024, "{before} bytes were taken");
}

#[test]
fn a_body_that_breaks_off_is_the_clients_failure() {
    let (gateway, upstream) = start(|_| {});
    let chunked = "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for request in [
        "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n01234567890123456789".to_owned(),
        format!("{chunked}5\r\nhel"),
        format!("{chunked}5\r\nhello\r\n"),
    ] {
        let answer = exchange_half_closed(&gateway, request.as_bytes());
        assert_eq!(statuses(&answer), [400], "{request:?}: {answer}");
        assert_eq!(problem(&answer)["type"], "urn:orion:problem:bad-request");
    }
    let trailers = (0..101).map(|number| format!("T{number}: 1\r\n")).collect::<String>();
    let answer = super::exchange(&gateway, format!("{chunked}1\r\nx\r\n0\r\n{trailers}\r\n").as_bytes());
    assert_eq!(statuses(&answer), [400], "{answer}");
    eventually("each ends at the upstream as broken", || upstream.broken() == upstream.requests());
}

#[test]
fn what_is_sent_ahead_is_neither_the_first_requests_delay_nor_cut_off() {
    let (gateway, _upstream) = start(|_| {});
    let mut stream = connect(&gateway);
    let ahead = "GET /patient/slower HTTP/1.1\r\nHost: a\r\n\r\nGET /open/2 HTTP/1.1\r\nHost: a\r\n\r\nGET /open/3 HTTP/1.1\r\nHo";
    stream.write_all(ahead.as_bytes()).expect("written");
    let mut space = [0; 4096];
    let length = stream.read(&mut space).expect("an answer");
    assert_eq!(statuses(&String::from_utf8_lossy(&space[..length]))[0], 200);
    let sent = statuses(&String::from_utf8_lossy(&space[..length])).len();
    stream.write_all(b"st: a\r\nConnection: close\r\n\r\n").expect("written");
    assert_eq!(statuses(&read_all(&mut stream)), vec![200; 3 - sent]);
}

/// Sends a head with `Expect: 100-continue`, and the body once it is asked for; what came, and after how long it was asked.
fn expecting(path: &str) -> (String, Option<Duration>, String) {
    let (gateway, upstream) = start(|settings| settings.timeouts.body = 5_000);
    let mut stream = connect(&gateway);
    let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("written");
    let started = Instant::now();
    let mut space = [0; 4096];
    let length = stream.read(&mut space).expect("something");
    let mut came = String::from_utf8_lossy(&space[..length]).into_owned();
    let asked = came.starts_with("HTTP/1.1 100 Continue\r\n\r\n").then(|| started.elapsed());
    if asked.is_some() {
        stream.write_all(b"hello").expect("written");
    }
    stream.shutdown(std::net::Shutdown::Write).expect("closed on one side");
    came.push_str(&read_all(&mut stream));
    (came, asked, upstream.last())
}

#[test]
fn a_body_is_asked_for_when_the_upstream_asks_for_it() {
    let (refused, asked, _) = expecting("/patient/guarded");
    assert_eq!((statuses(&refused), asked), (vec![401], None), "{refused}");
    assert!(refused.to_ascii_lowercase().contains("connection: close"), "{refused}");
    let (granted, _, seen) = expecting("/patient/granted");
    assert_eq!(statuses(&granted), [100, 200], "{granted}");
    assert!(granted.ends_with("5 bytes") && seen.contains("expect: 100-continue\r\n"), "{granted}{seen}");
    let (silent, asked, _) = expecting("/patient/x");
    assert_eq!(statuses(&silent), [100, 200], "{silent}");
    let asked = asked.expect("asked for");
    assert!((Duration::from_millis(500)..Duration::from_secs(2)).contains(&asked), "{asked:?}: not for ever");
}
