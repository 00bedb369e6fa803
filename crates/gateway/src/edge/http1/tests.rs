use super::head::{Framed, Head, HeadLimits};
use super::io::{Framing, Pace, Taken};
use crate::edge::Refusal;
use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

/// What becomes of the bytes of a connection.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// Bytes of whole heads, and of their bodies.
    good: usize,
    heads: u32,
    refused: Option<Refusal>,
}

/// Reads a connection's bytes as they arrive in pieces.
fn read(bytes: &[u8], piece: usize) -> Found {
    let limits = HeadLimits { line: 64, head: 256, fields: 8 };
    let (mut head, mut body, mut held) = (Head::default(), Framing::Ended, BytesMut::new());
    let mut found = Found { good: 0, heads: 0, refused: None };
    for piece in bytes.chunks(piece) {
        held.extend_from_slice(piece);
        loop {
            let before = held.len();
            let refused = if body.is_ended() {
                match head.read(&held, &limits) {
                    Ok(None) => break,
                    Ok(Some((length, framed))) => {
                        body = match framed {
                            Framed::Empty => Framing::Ended,
                            Framed::Fixed(length) => Framing::Fixed(length),
                            Framed::Chunked => Framing::Chunked(Box::default()),
                        };
                        let refused = head.take(&held.split_to(length).freeze()).err();
                        if refused.is_some() {
                            return Found { refused, ..found };
                        }
                        found.heads += 1;
                        None
                    }
                    Err(refusal) => Some(refusal),
                }
            } else {
                body.take(&mut held).err().map(Refusal::from)
            };
            if refused.is_some() {
                return Found { refused, good: found.good + before - held.len(), ..found };
            }
            found.good += before - held.len();
            if held.is_empty() {
                break;
            }
        }
    }
    found
}

#[test]
fn good_messages_pass_whole() {
    for bytes in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\nhost:a\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /search?q=a\\b`c HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://A.example:80/x?y HTTP/1.1\r\nHost: a.example:80\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tChunked \r\n\r\n3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: caf\u{e9}\t\"\r\n\r\n",
    ] {
        let heads = bytes.matches(" HTTP/1.").count() as u32;
        for piece in 1..=bytes.len() {
            assert_eq!(
                read(bytes.as_bytes(), piece),
                Found { good: bytes.len(), heads, refused: None },
                "{bytes:?} by {piece}"
            );
        }
    }
}

#[test]
fn ambiguous_messages_are_refused_however_they_arrive() {
    let long_target = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(80));
    let large_head = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(300));
    let many_fields = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(9));
    let cases: &[(&str, Refusal)] = &[
        ("GET /\r\n\r\n", Refusal::RequestLine),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::RequestLine),
        ("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::RequestLine),
        ("G\u{1}T / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::RequestLine),
        ("(GET) / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::RequestLine),
        ("\u{16}\u{3}\u{1}", Refusal::RequestLine),
        ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::RequestLine),
        ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", Refusal::Version),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refusal::Version),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", Refusal::Method),
        ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::Method),
        ("GET /#top HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::Target),
        ("GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::Target),
        ("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::Target),
        ("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::Target),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::Target),
        ("GET path HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::Target),
        ("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::Target),
        ("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::Target),
        (&long_target, Refusal::TargetTooLong),
        (&large_head, Refusal::HeadTooLarge),
        (&many_fields, Refusal::HeadTooLarge),
        ("GET / HTTP/1.1\nHost: a\r\n\r\n", Refusal::BareLineFeed),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n", Refusal::BareLineFeed),
        ("GET / HTTP/1.1\r\nHost: a\r\n\n", Refusal::BareLineFeed),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", Refusal::FieldName),
        ("GET / HTTP/1.1\r\n: a\r\n\r\n", Refusal::FieldName),
        ("GET / HTTP/1.1\r\nHost\r\n\r\n", Refusal::FieldName),
        ("GET / HTTP/1.1\r\nHo\rst: a\r\n\r\n", Refusal::FieldName),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", Refusal::FieldValue),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", Refusal::FieldValue),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{7f}\r\n\r\n", Refusal::FieldValue),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", Refusal::Folding),
        ("GET / HTTP/1.1\r\nHost: a\r\n\tX: a\r\n\r\n", Refusal::Folding),
        ("GET / HTTP/1.1\r\n\r\n", Refusal::Host),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", Refusal::Host),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", Refusal::Host),
        ("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::Host),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", Refusal::ContentLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", Refusal::ContentLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", Refusal::ContentLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", Refusal::ContentLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc", Refusal::ContentLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nabc", Refusal::ContentLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", Refusal::ContentLength),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            Refusal::TransferEncoding,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            Refusal::TransferEncoding,
        ),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", Refusal::TransferEncoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", Refusal::TransferEncoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n", Refusal::TransferEncoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", Refusal::TransferEncoding),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            Refusal::TransferEncoding,
        ),
        ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", Refusal::TransferEncoding),
    ];
    let many_options = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: {}\r\n\r\n", "a,".repeat(40));
    assert_eq!(read(many_options.as_bytes(), 1000).refused, Some(Refusal::Connection));
    for (bytes, refusal) in cases {
        for piece in 1..=bytes.len() {
            let found = read(bytes.as_bytes(), piece);
            assert_eq!(found, Found { good: 0, heads: 0, refused: Some(*refusal) }, "{bytes:?} by {piece}");
        }
    }
}

#[test]
fn a_bad_message_does_not_take_the_good_one_before_it_along() {
    let good = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    let found = read(format!("{good}GET / HTTP/1.1\r\n\r\n").as_bytes(), 1000);
    assert_eq!(found, Found { good: good.len(), heads: 1, refused: Some(Refusal::Host) });
}

#[test]
fn a_bad_chunk_is_refused_in_the_body_after_its_head_has_passed() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let found = read(format!("{head}3\r\nabcXX0\r\n\r\n").as_bytes(), 1000);
    assert_eq!((found.heads, found.refused), (1, Some(Refusal::Chunk)));
}

#[test]
fn a_request_is_what_its_head_says() {
    let text = Bytes::from_static(
        b"POST /a?b HTTP/1.1\r\nHost: x:1\r\nA: 1\r\nConnection: te, Close\r\na:  2 \r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n",
    );
    let mut head = Head::default();
    let read = head.read(&text, &HeadLimits::default());
    assert!(matches!(read, Ok(Some((length, Framed::Fixed(3)))) if length == text.len()), "{read:?}");
    let taken = head.take(&text).expect("a request");
    assert!(taken.closes && taken.expects && !head.is_begun());
    let request = taken.request;
    assert_eq!((request.method().as_str(), request.uri().to_string().as_str()), ("POST", "/a?b"));
    assert_eq!(request.headers().get_all("a").iter().collect::<Vec<_>>(), ["1", "2"]);
    let old = Bytes::from_static(b"GET / HTTP/1.0\r\nHost: x\r\nExpect: 100-continue\r\n\r\n");
    assert!(matches!(head.read(&old, &HeadLimits::default()), Ok(Some(_))));
    let taken = head.take(&old).expect("a request");
    assert!(taken.closes && !taken.expects, "HTTP/1.0 ends with its answer and knows no such question");
}

#[test]
fn trailers_come_behind_the_data() {
    let mut body = Framing::Chunked(Box::default());
    let mut bytes = BytesMut::from("2\r\nok\r\n0\r\nDigest: abc\r\n\r\nGET");
    assert!(matches!(body.take(&mut bytes), Ok(Taken::Data(data)) if data == "ok"));
    let Ok(Taken::Trailers(trailers)) = body.take(&mut bytes) else { panic!("trailers") };
    assert_eq!(trailers["digest"], "abc");
    assert!(body.is_ended() && bytes == "GET");
}

#[test]
fn a_body_has_time_while_it_is_asked_for_and_comes() {
    const RATE: u64 = 1000;
    let mut pace = Pace::new(300, 1000);
    assert_eq!(pace.waits(0), Some(300));
    assert_eq!(pace.waits(200), None, "it is waited for already");
    assert!(pace.came(50, 200, RATE, 300));
    assert_eq!(pace.waits(5000), Some(5150), "100 are left, 50 came; nobody asked in between");
    assert!(pace.came(10_000, 5100, RATE, 300));
    assert_eq!(pace.waits(6000), Some(6300), "never more than a fresh one has");
    assert!(pace.came(1000, 6299, RATE, 300));
    assert_eq!(pace.waits(7000), Some(7300));
    assert!(pace.came(1000, 7299, RATE, 300));
    assert_eq!(pace.waits(8000), Some(8102), "of all the time that it may take so much is left");
}

proptest! {
    #[test]
    fn how_bytes_are_cut_does_not_change_the_verdict(
        bytes in "(GET|POST) /[a-z]{0,3} HTTP/1\\.[01]\r\n(Host: a\r\n|Content-Length: [0-9]{1,2}\r\n|Transfer-Encoding: chunked\r\n){0,3}\r\n[0-9a-f\r\n]{0,20}",
        piece in 1_usize..40,
    ) {
        let whole = read(bytes.as_bytes(), bytes.len());
        let pieces = read(bytes.as_bytes(), piece);
        prop_assert_eq!((whole.heads, whole.refused), (pieces.heads, pieces.refused));
    }
}
