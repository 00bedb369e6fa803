//! A server that accepts connections and never says a word: what a hung process looks like from outside.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpListener;

/// The server.
pub struct SilentServer {
    pub address: SocketAddr,
    open: Arc<AtomicUsize>,
}

impl SilentServer {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), open: Arc::default() };
        let open = server.open.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                open.fetch_add(1, Ordering::SeqCst);
                let open = open.clone();
                tokio::spawn(async move {
                    until_the_end(stream).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    /// How many connections the other side has not ended.
    pub fn connections(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

async fn until_the_end(mut stream: impl AsyncRead + Unpin) {
    let mut unread = [0; 1024];
    while stream.read(&mut unread).await.is_ok_and(|read| read > 0) {}
}
