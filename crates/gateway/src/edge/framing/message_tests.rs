use super::{Found, HeadLimits, Messages, Phase, Refusal};
use proptest::prelude::*;

/// What becomes of the bytes when they arrive in pieces: how many passed, and the refusal.
fn read(bytes: &[u8], piece: usize) -> Found {
    let mut messages = Messages::new(HeadLimits { line: 64, head: 256, fields: 8 });
    let (mut good, mut heads) = (0, 0);
    let mut end = 0;
    while end < bytes.len() {
        end = bytes.len().min(end + piece);
        let found = messages.read(&bytes[good..end]);
        good += found.good;
        heads += found.heads;
        if found.refused.is_some() {
            return Found { good, heads, refused: found.refused };
        }
    }
    Found { good, heads, refused: None }
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
        ("ORION-REFUSED /host HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::RequestLine),
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
    for (bytes, refusal) in cases {
        for piece in 1..=bytes.len() {
            let found = read(bytes.as_bytes(), piece);
            assert_eq!(found, Found { good: 0, heads: 0, refused: Some((*refusal, true)) }, "{bytes:?} by {piece}");
        }
    }
}

#[test]
fn a_bad_message_does_not_take_the_good_one_before_it_along() {
    let good = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    let found = read(format!("{good}GET / HTTP/1.1\r\n\r\n").as_bytes(), 1000);
    assert_eq!(found, Found { good: good.len(), heads: 1, refused: Some((Refusal::Host, true)) });
}

#[test]
fn a_bad_chunk_is_refused_in_the_body_after_its_head_has_passed() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc";
    let found = read(format!("{head}XX0\r\n\r\n").as_bytes(), 1000);
    assert_eq!(found, Found { good: head.len(), heads: 1, refused: Some((Refusal::Chunk, false)) });
}

#[test]
fn the_phase_tells_what_the_connection_waits_for() {
    let mut messages = Messages::new(HeadLimits::default());
    assert_eq!(messages.phase(), Phase::Between);
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
    assert_eq!(messages.read(&head[..10]).good, 0);
    assert_eq!(messages.phase(), Phase::Head);
    assert_eq!(messages.read(head).good, head.len());
    assert_eq!(messages.phase(), Phase::Body);
    assert_eq!(messages.read(b"abc").good, 3);
    assert_eq!(messages.phase(), Phase::Between);
}

proptest! {
    #[test]
    fn a_target_that_passes_is_a_uri_to_hyper_too(target in "(/|http://a|https://A\\.b:1|\\*|)[!-~\u{80}-\u{ff}]{0,12}") {
        let authority = target.split_once("://").map_or("a", |(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
        let head = format!("OPTIONS {target} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        if read(head.as_bytes(), head.len()).refused.is_none() {
            prop_assert!(http::Uri::try_from(target.as_str()).is_ok(), "{}", target);
        }
    }

    #[test]
    fn how_bytes_are_cut_does_not_change_the_verdict(
        bytes in "(GET|POST) /[a-z]{0,3} HTTP/1\\.[01]\r\n(Host: a\r\n|Content-Length: [0-9]{1,2}\r\n|Transfer-Encoding: chunked\r\n){0,3}\r\n[0-9a-f\r\n]{0,20}",
        piece in 1_usize..40,
    ) {
        let whole = read(bytes.as_bytes(), bytes.len());
        let pieces = read(bytes.as_bytes(), piece);
        prop_assert_eq!(whole, pieces);
    }
}
