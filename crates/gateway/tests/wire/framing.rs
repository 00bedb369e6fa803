//! What two parsers could read differently is refused; what is good passes in every framing.

use super::{exchange, problem, start, statuses};
use std::time::Duration;

#[test]
fn ambiguous_bytes_are_refused_before_the_upstream_sees_a_connection() {
    let (gateway, upstream) = start(|_| {});
    let post = "POST /open/x HTTP/1.1\r\nHost: a\r\n";
    let cases: Vec<(String, u16)> = vec![
        (format!("{post}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), 400),
        (format!("{post}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400),
        (format!("{post}Content-Length: 3, 4\r\n\r\nabc"), 400),
        (format!("{post}Content-Length: 0x3\r\n\r\nabc"), 400),
        (format!("{post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400),
        (format!("{post}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"), 400),
        (format!("{post}Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n"), 400),
        (format!("{post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"), 400),
        (format!("{post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), 400),
        ("POST /open/x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost : a\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost: a\r\nX: 1\r2\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost: a\r\nX: 1\x002\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\nHost: a\n\n".to_owned(), 400),
        ("GET http://b/open/x HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("GET /open/x#top HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("G(T /open/x HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/3.0\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400),
        ("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n".to_owned(), 405),
        ("TRACE /open/x HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 405),
        (format!("GET /open/{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(9000)), 414),
        (format!("GET /open/x HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(40_000)), 431),
        (format!("GET /open/x HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: 1\r\n".repeat(100)), 431),
        ("GET /open/a%2fb HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(), 400),
        ("GET /open/%252e%252e/shop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(), 400),
        ("GET /open/..;/shop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(), 400),
        ("GET /open/x HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n".to_owned(), 400),
        (format!("{post}Content-Length: 1001\r\nConnection: close\r\n\r\n"), 413),
    ];
    for (bytes, status) in cases {
        let answer = exchange(&gateway, bytes.as_bytes());
        assert_eq!(statuses(&answer), [status], "{:.200}: {answer}", bytes.escape_debug());
        assert_eq!(problem(&answer)["status"], status);
    }
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_bad_message_behind_good_ones_is_answered_in_its_turn_and_ends_the_connection() {
    let (gateway, upstream) = start(|_| {});
    let good = "GET /open/1 HTTP/1.1\r\nHost: a\r\n\r\n";
    let bytes = format!("{good}{good}GET /open/3 HTTP/1.1\r\nHost : a\r\n\r\n{good}");
    let answer = exchange(&gateway, bytes.as_bytes());
    assert_eq!(statuses(&answer), [200, 200, 400]);
    assert_eq!(upstream.requests(), 2);
}

#[test]
fn a_bad_chunk_breaks_the_request_to_the_upstream_off() {
    let (gateway, upstream) = start(|_| {});
    let head = "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for body in ["5\r\nhelloXX0\r\n\r\n", "5\r\nhello\r\nzz\r\n", "5\nhello\r\n0\r\n\r\n", "0\r\nBad : trailer\r\n\r\n"]
    {
        let answer = exchange(&gateway, format!("{head}{body}").as_bytes());
        assert_eq!(statuses(&answer), [400], "{body:?}: {answer}");
    }
    let answer = exchange(&gateway, format!("{head}3e9\r\n{}\r\n0\r\n\r\n", "x".repeat(1001)).as_bytes());
    assert_eq!(statuses(&answer), [413], "{answer}");
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(upstream.requests(), upstream.broken());
}

#[test]
fn bodies_pass_in_both_framings_and_connections_are_kept() {
    let (gateway, upstream) = start(|settings| settings.cores = 1);
    let fixed = "POST /open/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    let chunked =
        "POST /open/2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    let last = "HEAD /open/3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer =
        exchange(&gateway, format!("{fixed}{chunked}GET /open/chunks HTTP/1.1\r\nHost: a\r\n\r\n{last}").as_bytes());
    assert_eq!(statuses(&answer), [200, 200, 200, 200], "{answer}");
    assert_eq!(answer.matches("5 bytes").count(), 2);
    assert!(answer.contains("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "{answer}");
    assert_eq!((upstream.requests(), upstream.connections()), (4, 1));
}
