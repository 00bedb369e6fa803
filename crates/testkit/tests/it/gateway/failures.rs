//! Services behind the gateway that stop, break off or fall silent, and what operators see of it.

use axum::Router;
use axum::body::{Body, Bytes};
use orion_contracts::ServiceName;
use orion_testkit::{Client, TestPlatform, eventually};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{Sender, channel};

type Piece = io::Result<Bytes>;

/// A service whose answer comes in the pieces that the test gives it.
async fn piecemeal() -> (SocketAddr, Sender<Piece>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = channel::<Piece>(8);
    let receiver = Arc::new(Mutex::new(receiver));
    let router = Router::new().fallback(move || {
        let receiver = receiver.clone();
        async move {
            let pieces = futures_util::stream::unfold(receiver, |receiver| async move {
                let piece = receiver.lock().await.recv().await?;
                Some((piece, receiver))
            });
            Body::from_stream(pieces)
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, sender)
}

fn route(address: SocketAddr, more: &str) -> String {
    format!(
        "[[gateway.routes]]\nname = \"feed\"\npath = \"/feed/*\"\nupstream = \"http://{address}\"\naccess = \"public\"\n{more}\n"
    )
}

async fn metrics_have(orion: &TestPlatform, line: &str) {
    eventually(line, async || {
        // What cores have counted is added once a second.
        orion.advance(Duration::from_secs(1)).await;
        let metrics = Client::new(orion.service_url(ServiceName::Gateway)).get("/metrics").await.text;
        metrics.lines().any(|found| found == line).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_may_be_silent_for_longer_than_an_answer_may_take_to_begin() {
    let (address, events) = piecemeal().await;
    let orion = TestPlatform::builder().file(route(address, "timeout_ms = 10000")).start().await;
    events.send(Ok(Bytes::from_static(b"first"))).await.unwrap();
    let mut answer = orion.anonymous().request("GET", "/feed").send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "first");
    orion.advance(Duration::from_secs(45)).await;
    events.send(Ok(Bytes::from_static(b"second"))).await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "second");
    // But not for ever.
    orion.advance(Duration::from_secs(121)).await;
    assert!(answer.chunk().await.is_err());
    let line = "gateway_exchanges_total{outcome=\"upstream_silent\",route=\"feed\",service=\"gateway\"} 1";
    metrics_have(&orion, line).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_says_how_long_its_service_may_be_silent() {
    let (address, events) = piecemeal().await;
    let orion = TestPlatform::builder().file(route(address, "silence_ms = 5000")).start().await;
    events.send(Ok(Bytes::from_static(b"first"))).await.unwrap();
    let mut answer = orion.anonymous().request("GET", "/feed").send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "first");
    orion.advance(Duration::from_secs(6)).await;
    assert!(answer.chunk().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_breaks_off_is_counted_as_the_services_failure_and_not_as_200() {
    let (address, pieces) = piecemeal().await;
    let orion = TestPlatform::builder().file(route(address, "")).start().await;
    pieces.send(Ok(Bytes::from_static(b"half"))).await.unwrap();
    let mut answer = orion.anonymous().request("GET", "/feed").send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "half");
    pieces.send(Err(io::Error::other("gone"))).await.unwrap();
    assert!(answer.chunk().await.is_err());
    let labels = "service=\"gateway\"";
    metrics_have(&orion, &format!("gateway_exchanges_total{{outcome=\"upstream_broke\",route=\"feed\",{labels}}} 1"))
        .await;
    metrics_have(&orion, &format!("http_requests_total{{method=\"GET\",route=\"feed\",{labels},status=\"502\"}} 1"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn look_ups_of_tokens_are_counted() {
    let orion = TestPlatform::builder().set("gateway.cores", 1).start().await;
    let bob = orion.user("bob").await;
    for _ in 0..3 {
        bob.get("/api/v1/users/me").await.expect(200);
    }
    metrics_have(&orion, "cache_hits_total{service=\"gateway\"} 2").await;
    metrics_have(&orion, "cache_misses_total{service=\"gateway\"} 1").await;
}
