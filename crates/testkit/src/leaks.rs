//! A service that knows passwords from leaks, as "Have I Been Pwned" speaks: `GET /range/{five digits}`, and in one of the ways
//! in which such a service disappoints.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// How it behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaks {
    /// It knows the password with this SHA-1, from so many leaks, among others.
    Knows(&'static str, u32),
    /// It answers that it cannot.
    Fails,
    /// It never answers.
    Hangs,
    /// It answers without end.
    Floods,
    /// It sends whoever asks elsewhere.
    Redirects,
}

/// The running service.
pub struct LeakServer {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl LeakServer {
    /// Listens on a free port.
    pub async fn start(leaks: Leaks) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().route("/range/{prefix}", get(answer)).with_state((leaks, asked.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, asked }
    }

    /// Its address, as `auth.breach_check_url` takes it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

type Told = State<(Leaks, Arc<Mutex<Vec<String>>>)>;

async fn answer(State((leaks, asked)): Told, Path(prefix): Path<String>, headers: HeaderMap) -> Response {
    assert_eq!(headers.get("add-padding").map(|value| value.as_bytes()), Some(b"true".as_slice()));
    asked.lock().unwrap().push(prefix.clone());
    match leaks {
        Leaks::Knows(hash, times) => {
            let mut lines = String::new();
            for number in 0..800 {
                let _ = write!(lines, "{number:035X}:{}\r\n", number % 3);
            }
            if let Some(rest) = hash.strip_prefix(&prefix) {
                let _ = write!(lines, "{rest}:{times}\r\n");
            }
            lines.into_response()
        }
        Leaks::Fails => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Leaks::Hangs => std::future::pending().await,
        Leaks::Floods => "0123456789ABCDEF0123456789ABCDEF012:1\r\n".repeat(100_000).into_response(),
        Leaks::Redirects => (StatusCode::FOUND, [("location", format!("/range/{prefix}"))]).into_response(),
    }
}
