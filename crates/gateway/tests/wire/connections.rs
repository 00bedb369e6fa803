//! How client connections begin, idle and end.

use super::{connect, exchange, get, listen, problem, read_all, start, statuses};
use serde_json::Value;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn slow_clients_are_cut_off_and_told_so() {
    let (gateway, upstream) = start(|_| {});
    let head = exchange(&gateway, b"GET /open/x HTTP/1.1\r\nHo");
    assert_eq!(problem(&head)["status"], 408);
    let body = exchange(&gateway, b"POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    assert_eq!(problem(&body)["status"], 408);
    let started = Instant::now();
    assert_eq!(exchange(&gateway, b""), "", "a connection without a request is closed silently");
    assert_eq!(
        statuses(&exchange(&gateway, b"GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")),
        [200],
        "and so is an idle one"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
    // Bytes that drip in buy no time.
    let mut stream = connect(&gateway);
    let started = Instant::now();
    for byte in b"GET /open/x HTTP/1.1\r\nHost: a\r\nX: 1234567890123456789012345678901234567890".iter() {
        if stream.write_all(&[*byte]).is_err() || started.elapsed() > Duration::from_secs(2) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let answer = read_all(&mut stream);
    assert!(answer.is_empty() || statuses(&answer) == [408], "{answer}");
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!(upstream.broken(), 1);
}

#[test]
fn connections_beyond_the_limit_are_turned_away() {
    let (gateway, _upstream) = start(|settings| settings.max_connections = 2);
    let held: Vec<_> = (0..2).map(|_| connect(&gateway)).collect();
    std::thread::sleep(Duration::from_millis(50));
    let answer = read_all(&mut connect(&gateway));
    assert_eq!(statuses(&answer), [503]);
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(
        head.contains(&format!("content-length: {}\r\n", body.len())) && serde_json::from_str::<Value>(body).is_ok()
    );
    drop(held);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(statuses(&exchange(&gateway, &get("/open/x", ""))), [200]);
}

#[tokio::test]
async fn draining_finishes_what_is_in_flight_and_takes_nothing_new() {
    let (mut gateway, _upstream) = start(|_| {});
    let address = gateway.address;
    let mut idle = connect(&gateway);
    let mut busy = connect(&gateway);
    // Its upstream takes longer than a connection without a request is waited for.
    let mut slow = connect(&gateway);
    slow.write_all(&get("/patient/slow", "")).expect("written");
    busy.write_all(b"POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe").expect("written");
    tokio::time::sleep(Duration::from_millis(50)).await;
    gateway.shutdown.cancel();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(TcpStream::connect(address).is_err(), "nothing new is taken");
    busy.write_all(b"llo").expect("written");
    let answer = tokio::task::spawn_blocking(move || read_all(&mut busy)).await.expect("no panic");
    assert_eq!(statuses(&answer), [200]);
    assert!(answer.contains("connection: close") && answer.ends_with("5 bytes"), "{answer}");
    assert_eq!(read_all(&mut idle), "");
    let answer = tokio::task::spawn_blocking(move || read_all(&mut slow)).await.expect("no panic");
    assert_eq!(statuses(&answer), [200], "{answer}");
    tokio::time::timeout(Duration::from_secs(2), gateway.stop()).await.expect("it ends at once");
}

#[tokio::test]
async fn who_waits_in_the_queue_at_the_end_is_answered() {
    let (mut gateway, _upstream) = listen(|_| {});
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = connect(&gateway);
            stream.write_all(&get("/open/x", "")).expect("written");
            stream
        })
        .collect();
    gateway.shutdown.cancel();
    gateway.serve();
    for mut stream in waiting {
        let answer = tokio::task::spawn_blocking(move || read_all(&mut stream)).await.expect("no panic");
        assert_eq!(statuses(&answer), [200], "{answer}");
    }
    tokio::time::timeout(Duration::from_secs(2), gateway.stop()).await.expect("it ends at once");
    assert!(TcpStream::connect(gateway.address).is_err(), "nothing new is taken");
}

#[tokio::test]
async fn cores_that_are_started_again_serve_at_the_same_address() {
    let (mut gateway, _upstream) = start(|_| {});
    gateway.stop().await;
    assert!(TcpStream::connect(gateway.address).is_err());
    gateway.shutdown = tokio_util::sync::CancellationToken::new();
    gateway.serve();
    for _ in 0..10 {
        assert_eq!(statuses(&exchange(&gateway, &get("/open/x", "Connection: close\r\n"))), [200]);
    }
}

#[test]
fn a_taken_port_is_an_error_although_listeners_share_it() {
    let (gateway, _upstream) = start(|_| {});
    let second = orion_gateway::EdgeSockets::bind(gateway.address);
    assert_eq!(second.err().map(|error| error.kind()), Some(std::io::ErrorKind::AddrInUse));
}
