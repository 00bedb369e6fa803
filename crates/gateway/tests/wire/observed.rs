//! How each exchange ended, as operators see it: whose fault it was, in the access log and in the metrics.

use super::{connect, eventually, exchange, exchange_half_closed, get, listen_and_log, read_all};
use orion_gateway::observe::AccessSink;
use serde_json::Value;
use socket2::SockRef;
use std::io::{Read, Write};
use std::time::Duration;

/// What one exchange looks like: path, status, what the client was told if that is something else, and how it ended.
type Line = (String, u64, Option<u64>, String);

fn lines(text: &str) -> Vec<Line> {
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        (text("path"), line["status"].as_u64().unwrap_or_default(), line["answered"].as_u64(), text("outcome"))
    };
    text.lines().map(line).collect()
}

#[tokio::test]
async fn how_an_exchange_ended_is_told_by_whose_fault_it_was() {
    let path = std::env::temp_dir().join(format!("orion-outcomes-{}.log", std::process::id()));
    let (mut gateway, upstream) = listen_and_log(AccessSink::File(path.clone()), |settings| settings.cores = 1);
    gateway.serve();
    for path in ["/open/x", "/open/empty", "/open/chunks", "/shop/x", "/nowhere", "/away", "/open/close", "/open/half"]
    {
        exchange(&gateway, &get(path, ""));
    }
    for path in ["/open/half-chunks", "/open/silent", "/large/stuck"] {
        exchange(&gateway, &get(path, ""));
    }
    exchange(&gateway, b"HEAD /open/head HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    exchange(&gateway, b"HEAD /shop/head HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    exchange(&gateway, &get("/livez", ""));
    exchange(&gateway, b"GET /open/refused HTTP/1.1\r\nHost : a\r\n\r\n");
    exchange(&gateway, b"POST /open/slow-body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    exchange_half_closed(&gateway, b"POST /open/half-body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    // One resets before there is an answer, one in the middle of it, and one takes no more of it.
    let mut stream = connect(&gateway);
    stream.write_all(&get("/patient/waits", "")).expect("written");
    eventually("the upstream has the request", || upstream.last().contains("/patient/waits"));
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("no lingering");
    drop(stream);
    eventually("it is cancelled", || upstream.ended() == 1);
    for (path, resets) in [("/large/reset/much", true), ("/large/stopped/much", false)] {
        let mut stream = connect(&gateway);
        stream.write_all(&get(path, "")).expect("written");
        assert!(stream.read(&mut [0; 100]).expect("a part of the answer") > 0);
        match resets {
            true => SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("no lingering"),
            false => {
                std::thread::sleep(Duration::from_millis(1_000));
                read_all(&mut stream);
            }
        }
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    gateway.stop().await;
    let text = std::fs::read_to_string(&path).expect("the log is there when the cores have ended");
    let _ = std::fs::remove_file(&path);
    let seen = lines(&text);
    let expected = [
        ("/open/x", 200, None, "complete"),
        ("/open/empty", 204, None, "complete"),
        ("/open/chunks", 200, None, "complete"),
        ("/shop/x", 401, None, "refused"),
        ("/nowhere", 404, None, "refused"),
        ("/away", 502, None, "upstream_unreachable"),
        ("/open/close", 502, None, "upstream_broke"),
        ("/open/half", 502, Some(200), "upstream_broke"),
        ("/open/half-chunks", 502, Some(200), "upstream_broke"),
        ("/open/silent", 504, None, "upstream_silent"),
        ("/large/stuck", 504, Some(200), "upstream_silent"),
        ("/open/head", 200, None, "complete"),
        ("/shop/head", 401, None, "refused"),
        ("/livez", 200, None, "complete"),
        ("-", 400, None, "refused"),
        ("/open/slow-body", 408, None, "client_slow"),
        ("/open/half-body", 400, None, "client_gone"),
        ("/patient/waits", 499, None, "client_gone"),
        ("/large/reset/much", 499, Some(200), "client_gone"),
        ("/large/stopped/much", 408, Some(200), "client_slow"),
    ];
    let expected = expected.map(|(path, status, told, end)| (path.to_owned(), status, told, end.to_owned()));
    for (seen, expected) in seen.iter().zip(&expected) {
        assert_eq!(seen, expected);
    }
    assert_eq!(seen.len(), expected.len(), "{text}");
    let metrics = gateway.metrics.render();
    for (route, outcome, count) in [
        ("open", "complete", 4),
        ("open", "upstream_broke", 3),
        ("open", "client_gone", 1),
        ("away", "upstream_unreachable", 1),
        ("none", "refused", 1),
        ("refused", "refused", 1),
        ("large", "client_slow", 1),
    ] {
        let line =
            format!("gateway_exchanges_total{{outcome=\"{outcome}\",route=\"{route}\",service=\"gateway\"}} {count}\n");
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
    let half = "http_requests_total{method=\"GET\",route=\"open\",service=\"gateway\",status=\"502\"} 3\n";
    assert!(metrics.contains(half), "{metrics}");
}

#[tokio::test]
async fn what_is_cut_at_the_end_of_a_drain_is_logged_as_cut() {
    let path = std::env::temp_dir().join(format!("orion-cut-{}.log", std::process::id()));
    let (mut gateway, upstream) = listen_and_log(AccessSink::File(path.clone()), |settings| {
        settings.drain = Duration::from_millis(200);
    });
    gateway.serve();
    let mut stream = connect(&gateway);
    stream.write_all(&get("/patient/waits", "")).expect("written");
    eventually("the upstream has the request", || upstream.requests() == 1);
    gateway.stop().await;
    let text = std::fs::read_to_string(&path).expect("the log");
    let _ = std::fs::remove_file(&path);
    assert_eq!(lines(&text), [("/patient/waits".to_owned(), 503, None, "cut".to_owned())]);
}
