//! What the policies of a route do to requests and answers.

use super::service::{Next, Service, reply, said};
use super::support::Gateway;
use super::{ask, connect, exchange, get, problem, serve};
use crate::answer::Answer;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

/// A service that answers by the last segment of the path.
fn service() -> Service {
    Service::start(|heard, out| {
        let path = heard.head.split(' ').nth(1).unwrap_or_default().to_owned();
        let path = path.split('?').next().unwrap_or_default();
        match path.rsplit('/').next().unwrap_or_default() {
            "text" if heard.head.starts_with("head") => said(
                out,
                format!("HTTP/1.1 200 OK\r\n{TEXT}ETag: \"v1\"\r\nContent-Length: {}\r\n\r\n", text().len()).as_bytes(),
            ),
            "text" => reply(out, "200 OK", &format!("{TEXT}ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n"), &text()),
            "short" => reply(out, "200 OK", TEXT, "short"),
            "image" => reply(out, "200 OK", "Content-Type: image/png\r\n", &text()),
            "coded" => reply(out, "200 OK", &format!("{TEXT}Content-Encoding: br\r\n"), &text()),
            "part" => {
                let headers = format!("{TEXT}Content-Range: bytes 0-4799/9000\r\nETag: \"v1\"\r\n");
                reply(out, "206 Partial Content", &headers, &text())
            }
            "same" => said(out, b"HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\nContent-Length: 4800\r\n\r\n"),
            "chunks" => {
                said(out, format!("HTTP/1.1 200 OK\r\n{TEXT}Transfer-Encoding: chunked\r\n\r\n").as_bytes());
                text().as_bytes().chunks(700).for_each(|part| chunk(out, part));
                said(out, b"0\r\n\r\n")
            }
            "events" => {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
                said(out, head.as_bytes());
                chunk(out, b"data: first\n\n");
                std::thread::sleep(Duration::from_millis(600));
                chunk(out, b"data: second\n\n");
                said(out, b"0\r\n\r\n")
            }
            "breaks" => {
                let half = format!("HTTP/1.1 200 OK\r\n{TEXT}Content-Length: 100000\r\n\r\n{}", text());
                said(out, half.as_bytes());
                Next::Close
            }
            "fails" => reply(out, "500 Internal Server Error", "Access-Control-Allow-Origin: *\r\n", "failed"),
            _ => reply(out, "200 OK", "Server: secret/1.0\r\nX-Old: 1\r\nX-Kept: 2\r\n", "ok"),
        }
    })
}

const TEXT: &str = "Content-Type: text/plain\r\n";

fn text() -> String {
    "Some text that is long. ".repeat(200)
}

fn chunk(out: &mut dyn Write, part: &[u8]) {
    said(out, format!("{:x}\r\n", part.len()).as_bytes());
    said(out, part);
    said(out, b"\r\n");
}

/// A gateway with one route that has these keys beside its path and upstream.
fn with(service: &Service, more: Value) -> Gateway {
    let mut route = json!({ "name": "shop", "path": "/*", "access": "public" });
    if more.get("redirect").is_none() {
        route["upstream"] = service.url().into();
    }
    route.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    serve(json!([route]))
}

/// Asks by a method that is not GET.
fn by(gateway: &Gateway, method: &str, path: &str, headers: &str) -> Answer {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n{headers}\r\n");
    ask(gateway, request.as_bytes())
}

#[test]
fn a_redirect_says_what_its_path_named_and_asks_nobody() {
    let service = service();
    let redirect = json!({ "to": "https://new.example/items/{id}{query}", "status": 308 });
    let gateway = with(&service, json!({ "path": "/old/{id}", "redirect": redirect }));
    let answer = by(&gateway, "GET", "/old/a%20b?q=1&r=2", "");
    assert_eq!(answer.status, 308);
    assert_eq!(answer.header("location"), Some("https://new.example/items/a%20b?q=1&r=2"));
    assert_eq!(
        by(&gateway, "POST", "/old/7", "Content-Length: 0\r\n").header("location"),
        Some("https://new.example/items/7")
    );
    assert_eq!((by(&gateway, "GET", "/old", "").status, service.connections()), (404, 0));

    let here = with(&service, json!({ "redirect": { "to": "https://{host}{path}{query}" } }));
    let answer = by(&here, "GET", "/a//b/../c?x", "");
    assert_eq!((answer.status, answer.header("location")), (307, Some("https://shop.example/a/c?x")));
    // Nobody can be led elsewhere by what they ask for.
    let away = by(&here, "GET", "//evil.example/%0d%0aSet-Cookie:x", "");
    assert!(away.header("location").is_none_or(|to| to.starts_with("https://shop.example/")), "{away:?}");
    assert!(away.header("set-cookie").is_none());
}

#[test]
fn a_closed_route_says_until_when_and_lets_pass_who_looks_after_it() {
    let service = service();
    let closed = json!({ "message": "Back at six.", "retry_after_seconds": 120 });
    let gateway = with(&service, json!({ "access": "authenticated", "maintenance": closed }));
    let answer = exchange(&gateway, &get("/", ""));
    assert!(answer.contains("retry-after: 120\r\n"), "{answer}");
    let told = problem(&answer);
    assert_eq!((&told["status"], &told["detail"]), (&json!(503), &json!("Back at six.")));
    assert_eq!(service.connections(), 0);

    let mut passes = closed.clone();
    passes["passes"] = json!(["127.0.0.0/8"]);
    assert_eq!(ask(&with(&service, json!({ "maintenance": passes })), &get("/", "")).status, 200);
    let mut off = closed;
    off["enabled"] = json!(false);
    assert_eq!(ask(&with(&service, json!({ "maintenance": off })), &get("/", "")).status, 200);
}

const ORIGIN: &str = "Origin: https://app.example\r\n";
const PREFLIGHT: &str = "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: authorization\r\n";

#[test]
fn a_preflight_needs_no_token_and_asks_nobody() {
    let service = service();
    let cors = json!({ "origins": ["https://app.example"], "credentials": true });
    for methods in [json!([]), json!(["GET", "PUT"])] {
        let gateway = with(&service, json!({ "access": "authenticated", "cors": cors, "methods": methods }));
        let answer = by(&gateway, "OPTIONS", "/", &format!("{ORIGIN}{PREFLIGHT}"));
        assert_eq!((answer.status, answer.body.len()), (204, 0), "{methods}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert!(answer.header("access-control-allow-methods").is_some_and(|methods| methods.contains("put")));
        assert!(answer.header("access-control-allow-headers").is_some_and(|names| names.contains("authorization")));
        assert_eq!(answer.header("access-control-max-age"), Some("600"));
        assert!(answer.headers("vary").any(|vary| vary.contains("origin")));

        let refused = by(&gateway, "OPTIONS", "/", &format!("Origin: https://evil.example\r\n{PREFLIGHT}"));
        assert_eq!((refused.status, refused.header("access-control-allow-origin")), (403, None));
        // What is no preflight needs a token as all else does.
        assert!(matches!(by(&gateway, "OPTIONS", "/", ORIGIN).status, 401 | 404));
    }
    assert_eq!(service.connections(), 0);
}

#[test]
fn a_preflight_for_a_method_that_no_route_takes_finds_none() {
    let service = service();
    let cors = json!({ "origins": ["https://app.example"] });
    let gateway = with(&service, json!({ "cors": cors, "methods": ["GET"] }));
    assert_eq!(by(&gateway, "OPTIONS", "/", &format!("{ORIGIN}{PREFLIGHT}")).status, 404);
    let of_get = format!("{ORIGIN}Access-Control-Request-Method: GET\r\n");
    assert_eq!(by(&gateway, "OPTIONS", "/", &of_get).status, 204);
    // Without the policy it is nobody's.
    let gateway = with(&service, json!({ "methods": ["GET"] }));
    assert_eq!(by(&gateway, "OPTIONS", "/", &of_get).status, 404);
    assert_eq!(service.connections(), 0);
}

#[test]
fn pages_may_read_errors_too() {
    let service = service();
    let cors = json!({ "origins": ["https://app.example"] });
    let gateway = with(&service, json!({ "access": "authenticated", "cors": cors }));
    let token = format!("Authorization: Bearer {}\r\n", gateway.issuer.token());
    for (path, headers, status) in
        [("/", "", 401), ("/", &*token, 200), ("/fails", &token, 500), ("/", "Authorization: Bearer x\r\n", 401)]
    {
        let answer = by(&gateway, "GET", path, &format!("{ORIGIN}{headers}"));
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.headers("access-control-allow-origin").collect::<Vec<_>>(), ["https://app.example"]);
        assert!(answer.headers("vary").any(|vary| vary.contains("origin")));
        let other = by(&gateway, "GET", path, &format!("Origin: https://evil.example\r\n{headers}"));
        assert_eq!((other.status, other.header("access-control-allow-origin")), (status, None));
    }
    let closed = with(&service, json!({ "cors": cors, "maintenance": {} }));
    let answer = by(&closed, "GET", "/", ORIGIN);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (503, Some("https://app.example")));
    let few = with(&service, json!({ "cors": cors, "rate_limit": { "requests": 1, "seconds": 60 } }));
    let statuses = [by(&few, "GET", "/", ORIGIN), by(&few, "GET", "/", ORIGIN)];
    assert_eq!(statuses.each_ref().map(|answer| answer.status), [200, 429]);
    assert!(statuses.iter().all(|answer| answer.header("access-control-allow-origin").is_some()));
}

#[test]
fn headers_of_requests_are_edited_on_their_way() {
    let service = service();
    let edits = json!({
        "set": { "x-tenant": "{tenant}", "x-fixed": "yes", "x-who": "{user_id}" },
        "add": { "x-more": "two" },
        "remove": ["x-gone"],
        "rename": { "x-before": "x-after" },
    });
    let gateway = with(&service, json!({ "path": "/t/{tenant}/{rest...}", "request_headers": edits }));
    let sent = "X-Tenant: forged\r\nx_tenant: forged\r\nX-Who: forged\r\nX-More: one\r\nX-Gone: 1\r\nX-Before: b\r\nX-After: forged\r\nX-Other: o\r\n";
    assert_eq!(by(&gateway, "GET", "/t/acme/a", sent).status, 200);
    let head = service.heard()[0].head.clone();
    let values = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": ")).filter(|(own, _)| *own == name);
        lines.map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values("x-tenant"), ["acme"]);
    assert_eq!(values("x-fixed"), ["yes"]);
    assert_eq!(values("x-more"), ["one", "two"]);
    assert_eq!(values("x-after"), ["b"]);
    assert_eq!(values("x-other"), ["o"]);
    for gone in ["x-who", "x-gone", "x-before", "x_tenant"] {
        assert!(values(gone).is_empty(), "{head}");
    }
    assert!(!head.contains("forged"), "{head}");
}

#[test]
fn headers_of_answers_are_edited_on_their_way() {
    let service = service();
    let edits = json!({
        "set": { "cache-control": "no-store", "x-id": "{request_id}" },
        "remove": ["server"],
        "rename": { "x-old": "x-new" },
    });
    let gateway = with(&service, json!({ "answer_headers": edits }));
    let answer = by(&gateway, "GET", "/", "X-Request-Id: 0123456789abcdef\r\n");
    let value = |name| answer.headers(name).collect::<Vec<_>>();
    assert_eq!((answer.status, answer.text()), (200, "ok".to_owned()));
    assert_eq!(value("cache-control"), ["no-store"]);
    assert_eq!(value("x-new"), ["1"]);
    assert_eq!(value("x-kept"), ["2"]);
    assert_eq!(value("x-id"), value("x-request-id"));
    assert!(value("server").is_empty() && value("x-old").is_empty(), "{answer:?}");
}

fn decoded(coding: &str, mut bytes: &[u8]) -> std::io::Result<String> {
    let mut out = String::new();
    match coding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_string(&mut out)?,
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_string(&mut out)?,
        "zstd" => zstd::stream::read::Decoder::new(bytes)?.read_to_string(&mut out)?,
        _ => bytes.read_to_string(&mut out)?,
    };
    Ok(out)
}

#[test]
fn what_is_compressed_is_the_same_again() {
    let service = service();
    let gateway = with(&service, json!({ "compression": {} }));
    for (coding, path) in ["gzip", "br", "zstd"].into_iter().flat_map(|coding| [(coding, "/text"), (coding, "/chunks")])
    {
        let answer = ask(&gateway, &get(path, &format!("Accept-Encoding: {coding}\r\n")));
        assert_eq!(answer.header("content-encoding"), Some(coding), "{}", answer.head);
        assert!(answer.is_whole && answer.body.len() < 1000, "{coding} {path}");
        assert_eq!(decoded(coding, &answer.body).expect(coding), text());
        assert_eq!((answer.header("content-length"), answer.header("accept-ranges")), (None, None));
        assert!(answer.headers("vary").any(|vary| vary.contains("accept-encoding")));
        assert_eq!(answer.header("etag"), (path == "/text").then_some("w/\"v1\""));
    }
}

#[test]
fn clients_that_take_no_coding_get_what_came() {
    let service = service();
    let gateway = with(&service, json!({ "compression": {} }));
    for headers in ["", "Accept-Encoding: identity\r\n", "Accept-Encoding: gzip;q=0, x\r\n"] {
        let answer = ask(&gateway, &get("/text", headers));
        assert_eq!((answer.header("content-encoding"), answer.text()), (None, text()));
        assert_eq!(answer.header("etag"), Some("\"v1\""));
        assert!(answer.headers("vary").any(|vary| vary.contains("accept-encoding")), "caches are told all the same");
    }
    // HTTP/1.0 knows no chunks: the answer ends with its connection.
    let old = ask(&gateway, b"GET /text HTTP/1.0\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
    let plain = old.header("content-encoding").map_or(old.text(), |coding| decoded(coding, &old.body).expect("whole"));
    assert_eq!((plain, old.header("transfer-encoding")), (text(), None));
}

#[test]
fn what_must_not_be_compressed_passes_as_it_is() {
    let service = service();
    let gateway = with(&service, json!({ "compression": {} }));
    for path in ["/short", "/image", "/coded", "/part"] {
        let answer = ask(&gateway, &get(path, "Accept-Encoding: gzip, br, zstd\r\n"));
        assert_eq!(answer.header("content-encoding"), (path == "/coded").then_some("br"), "{path}");
        assert_eq!(answer.text(), if path == "/short" { "short".to_owned() } else { text() });
        assert!(answer.header("content-length").is_some());
    }
    assert_eq!(ask(&gateway, &get("/part", "Accept-Encoding: gzip\r\n")).header("etag"), Some("\"v1\""));

    let head = by(&gateway, "HEAD", "/text", "Accept-Encoding: gzip\r\n");
    assert_eq!((head.status, head.body.len(), head.header("content-encoding")), (200, 0, None));
    let same = ask(&gateway, &get("/same", "Accept-Encoding: gzip\r\nIf-None-Match: W/\"v1\"\r\n"));
    assert_eq!((same.status, same.body.len(), same.header("content-encoding")), (304, 0, None), "{same:?}");
    assert_eq!(same.header("etag"), Some("w/\"v1\""), "the tag that the compressed one was given");
}

#[test]
fn events_arrive_before_the_pause_behind_them_is_over() {
    let service = service();
    let types = json!({ "types": ["text/event-stream"] });
    let gateway = with(&service, json!({ "compression": types }));
    for coding in ["gzip", "br", "zstd"] {
        let mut stream = connect(&gateway);
        let began = Instant::now();
        stream.write_all(&get("/events", &format!("Accept-Encoding: {coding}\r\n"))).expect("written");
        let (mut bytes, mut space) = (Vec::new(), [0; 4096]);
        let is_first = |answer: &Answer| so_far(coding, &answer.body) == "data: first\n\n";
        while !Answer::of(&bytes).is_some_and(|answer| is_first(&answer)) {
            let length = stream.read(&mut space).expect("more");
            assert!(length > 0 && began.elapsed() < Duration::from_millis(500), "{coding}: {bytes:?}");
            bytes.extend_from_slice(&space[..length]);
        }
        let first = Answer::of(&bytes).expect("an answer");
        assert_eq!(first.header("content-encoding"), Some(coding), "{}", first.head);
        stream.read_to_end(&mut bytes).expect("the rest");
        let whole = Answer::of(&bytes).expect("an answer");
        assert_eq!(decoded(coding, &whole.body).expect(coding), "data: first\n\ndata: second\n\n");
    }
}

/// What can be read of a body whose end has not come.
fn so_far(coding: &str, bytes: &[u8]) -> String {
    let mut reader: Box<dyn Read + '_> = match coding {
        "gzip" => Box::new(flate2::read::GzDecoder::new(bytes)),
        "br" => Box::new(brotli::Decompressor::new(bytes, 4096)),
        _ => Box::new(zstd::stream::read::Decoder::new(bytes).expect("a frame")),
    };
    let (mut out, mut space) = (Vec::new(), [0; 64]);
    while let Ok(length @ 1..) = reader.read(&mut space) {
        out.extend_from_slice(&space[..length]);
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn a_compressed_answer_that_breaks_off_is_seen_to() {
    let service = service();
    let gateway = with(&service, json!({ "compression": {} }));
    for coding in ["gzip", "br", "zstd"] {
        let mut stream = connect(&gateway);
        stream.write_all(&get("/breaks", &format!("Accept-Encoding: {coding}\r\n"))).expect("written");
        if let Some(answer) = Answer::read(&mut stream) {
            assert!(!answer.is_whole, "{coding}: {answer:?}");
        }
    }
}
