//! What settings of the gateway do.

use super::effects::Scene;
use axum::Router;
use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};
use orion_testkit::{Answer, SilentServer, TestPlatform};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

effects! {
    at Behind::start;
    answers_must_begin_sooner: "gateway.request_timeout_ms" = 200, answer_of_the_silent: null() => 504;
    answers_must_go_on_sooner: "gateway.silence_timeout_ms" = 200, end_of_the_half_answer: null() => "broken off";
    bodies_must_be_smaller: "gateway.max_body_bytes" = 2000, large_body_is_refused: false => true;
    callers_may_ask_more: "gateway.rate_limit_requests" = 5000, policy: "q=1000;w=10" => "q=5000;w=10";
    callers_may_ask_in_a_longer_time: "gateway.rate_limit_seconds" = 20, policy: "q=1000;w=10" => "q=1000;w=20";
}

/// How long is waited for what does not come, in real time: whoever asks has no other.
const PATIENCE: Duration = Duration::from_secs(3);

/// A platform with one service behind it that never answers, and one that never ends its answer.
struct Behind {
    orion: TestPlatform,
    _silent: SilentServer,
}

impl Scene for Behind {
    fn orion(&self) -> &TestPlatform {
        &self.orion
    }
}

impl Behind {
    async fn start() -> Self {
        let (silent, half) = (SilentServer::start().await, half_an_answer().await);
        let route = |name: &str, address: SocketAddr| {
            format!(
                "[[gateway.routes]]\nname = \"{name}\"\npath = \"/{name}\"\nupstream = \"http://{address}\"\n\
                 access = \"public\"\n"
            )
        };
        let routes = route("silent", silent.address) + &route("half", half);
        Self { orion: TestPlatform::builder().file(routes).start().await, _silent: silent }
    }
}

/// Begins each answer, and says no more.
async fn half_an_answer() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(async || {
        let begun = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"half"))]);
        Body::from_stream(begun.chain(stream::pending()))
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

fn null() -> Value {
    Value::Null
}

async fn answer_of_the_silent(at: &Behind) -> Value {
    let client = at.orion.anonymous();
    let answer = tokio::time::timeout(PATIENCE, client.get("/silent")).await;
    answer.map_or(Value::Null, |answer| json!(answer.status))
}

async fn end_of_the_half_answer(at: &Behind) -> Value {
    let client = at.orion.anonymous();
    let answer = tokio::time::timeout(PATIENCE, Answer::try_of(client.request("GET", "/half"))).await;
    answer.map_or(Value::Null, |answer| json!(answer.map_or("broken off", |_| "whole")))
}

async fn large_body_is_refused(at: &Behind) -> Value {
    let body = json!({ "email": "ada@example.com", "password": "x".repeat(3000) });
    json!(at.orion.anonymous().post("/api/v1/auth/login", body).await.status == 413)
}

/// What a caller is told of its limit.
async fn policy(at: &Behind) -> Value {
    let answer = at.orion.administrator().await.get("/api/v1/users/me").await.expect(200);
    let policy = answer.header("ratelimit-policy").unwrap();
    json!(policy.split_once(';').unwrap().1)
}
