//! Protocols that both sides agree on (RFC 9110, section 7.8; RFC 6455), and what stands behind bodies.

use super::{connect, eventually, exchange, get, problem, read_all, start, statuses};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

const ASKS: &str = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

fn handshake(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n{ASKS}{more}\r\n")
}

/// Reads until something has come.
fn read_to(stream: &mut TcpStream, end: &str) -> String {
    let (mut came, mut space) = (String::new(), [0; 4096]);
    while !came.ends_with(end) {
        let length = stream.read(&mut space).expect("more");
        assert!(length > 0, "ended behind {came:?}");
        came.push_str(&String::from_utf8_lossy(&space[..length]));
    }
    came
}

#[test]
fn a_protocol_that_both_sides_agree_on_is_passed_both_ways_until_either_ends() {
    let (gateway, upstream) = start(|_| {});
    let mut stream = connect(&gateway);
    // What is sent ahead of the answer is passed, too.
    stream.write_all(format!("{}first", handshake("/open/socket", "")).as_bytes()).expect("written");
    let came = read_to(&mut stream, "first");
    let (head, rest) = came.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
    let head = format!("{}\r\n", head.to_ascii_lowercase());
    for line in ["connection: upgrade\r\n", "upgrade: websocket\r\n", "sec-websocket-accept: x\r\n"] {
        assert_eq!(head.matches(line).count(), 1, "{line} in {head}");
    }
    assert!(!head.contains("content-length") && !head.contains("transfer-encoding"), "{head}");
    assert_eq!(rest, "hello first");
    assert!(upstream.last().contains("connection: upgrade\r\nupgrade: websocket\r\n"), "{}", upstream.last());
    // Longer than any time that a request has.
    std::thread::sleep(Duration::from_millis(1_500));
    stream.write_all(&[b'x'; 100_000]).expect("written");
    let mut much = vec![0; 100_000];
    stream.read_exact(&mut much).expect("all of it");
    assert!(much.iter().all(|byte| *byte == b'x'));
    stream.shutdown(Shutdown::Write).expect("closed on one side");
    assert_eq!(read_all(&mut stream), " farewell");
    assert_eq!(upstream.ended(), 1);
}

#[test]
fn a_tunnel_ends_at_the_upstream_when_its_client_is_gone() {
    let (gateway, upstream) = start(|_| {});
    let mut stream = connect(&gateway);
    stream.write_all(handshake("/open/socket", "").as_bytes()).expect("written");
    read_to(&mut stream, "hello ");
    drop(stream);
    eventually("the upstream's side is ended", || upstream.ended() == 1);
}

#[test]
fn a_token_is_demanded_at_the_handshake() {
    let (gateway, upstream) = start(|_| {});
    let refused = exchange(&gateway, handshake("/shop/socket", "Connection: close\r\n").as_bytes());
    assert_eq!(problem(&refused)["status"], 401);
    assert_eq!(upstream.connections(), 0);
    let token = gateway.issuer.token();
    let mut stream = connect(&gateway);
    let asked = handshake("/shop/socket", &format!("Authorization: Bearer {token}\r\n"));
    stream.write_all(asked.as_bytes()).expect("written");
    assert_eq!(statuses(&read_to(&mut stream, "hello ")), [101]);
    assert!(!upstream.last().contains("authorization"), "{}", upstream.last());
}

#[test]
fn only_one_protocol_that_hides_no_requests_is_asked_for() {
    let (gateway, upstream) = start(|_| {});
    for asks in [
        "Connection: Upgrade\r\nUpgrade: h2c\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n",
        "Connection: close\r\nUpgrade: websocket\r\n",
    ] {
        let answer = exchange(&gateway, &get("/open/x", asks));
        assert_eq!(statuses(&answer), [200], "{answer}");
        assert!(!upstream.last().contains("upgrade"), "{}", upstream.last());
    }
    let post =
        format!("POST /open/x HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\n{ASKS}Content-Length: 2\r\n\r\nhi");
    assert_eq!(statuses(&exchange(&gateway, post.as_bytes())), [200]);
    assert!(!upstream.last().contains("upgrade: "), "{}", upstream.last());
    // An upstream that refuses answers as ever, and the connection goes on.
    let mut stream = connect(&gateway);
    let request =
        format!("{}{}", handshake("/open/x", ""), "GET /open/y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("written");
    assert_eq!(statuses(&read_all(&mut stream)), [200, 200]);
}

#[test]
fn trailers_pass_both_ways_but_for_what_only_the_gateway_may_say() {
    let (gateway, upstream) = start(|_| {});
    let request = "POST /open/trailers HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
                   2\r\nhi\r\n0\r\nX-Checksum: 7\r\nX-Orion-User-Id: forged\r\nContent-Length: 3\r\n\r\n";
    let answer = exchange(&gateway, request.as_bytes());
    assert!(answer.ends_with("2\r\nok\r\n0\r\ndigest: abc\r\n\r\n"), "{answer}");
    let seen = upstream.last();
    assert!(seen.ends_with("x-checksum: 7\r\n\r\n") && !seen.contains("forged"), "{seen}");
}
