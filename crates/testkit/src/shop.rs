//! A service of the user's own: says what it was asked, and who the gateway says is calling.

use axum::extract::Request;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The running service.
pub struct Shop {
    pub address: SocketAddr,
    seen: Arc<AtomicUsize>,
}

impl Shop {
    /// Listens on a free port.
    pub async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(AtomicUsize::new(0));
        let counter = seen.clone();
        let router = Router::new().fallback(move |request: Request| {
            counter.fetch_add(1, Ordering::Relaxed);
            async move { Json(echo(&request)) }
        });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, seen }
    }

    /// How many requests came through.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }

    /// A configuration with a route to it.
    pub fn route(&self, more: &str) -> String {
        format!(
            "[[gateway.routes]]\nname = \"shop\"\npath = \"/shop/*\"\nupstream = \"http://{}\"\n{more}\n",
            self.address
        )
    }
}

fn echo(request: &Request) -> Value {
    let headers: serde_json::Map<String, Value> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    json!({ "method": request.method().as_str(), "path": request.uri().to_string(), "headers": headers })
}
