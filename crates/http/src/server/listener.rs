//! A bounded HTTP/1.1 server: slow heads and clients that do not read are cut off, connections are counted, draining
//! finishes what is in flight.

use super::ServerConfig;
use super::clients::Clients;
use super::patience::Patient;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

/// Connections that may wait to be accepted, as far as the kernel allows (`net.core.somaxconn`). The usual 128 are too few
/// for a gateway that opens one for each request of a burst: what does not fit is reset.
const BACKLOG: u32 = 4096;

/// Listens on an address; the error names the configuration key that changes it.
pub fn bind(address: SocketAddr, key: &str) -> Result<TcpListener, String> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|error: io::Error| format!("{address} cannot be listened on: {error}; choose another with {key}"))
}

/// Serves until told to stop, then waits for what is in flight, within the drain time-out.
pub async fn serve(listener: TcpListener, router: Router, config: &ServerConfig, stop: CancellationToken) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_millis(config.header_timeout_ms));
    let patience = Duration::from_millis(config.write_timeout_ms);
    let clients = Clients::new(config.max_connections_per_client, config.trusted_proxies.clone());
    let slots = Arc::new(Semaphore::new(config.max_connections));
    let open = TaskTracker::new();
    loop {
        let permit = tokio::select! {
            () = stop.cancelled() => break,
            permit = slots.clone().acquire_owned() => permit,
        };
        let (stream, address) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, or a client that left at once: the next one may do better.
                    tracing::warn!(%error, "connection not accepted");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
        };
        let Some(place) = clients.admit(address.ip()) else {
            tracing::debug!(%address, "too many connections of one client");
            continue;
        };
        let service = service(router.clone(), address);
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let connection =
            builder.serve_connection(TokioIo::new(Patient::new(stream, patience)), service).with_upgrades();
        let stop = stop.clone();
        open.spawn(async move {
            let mut connection = pin!(connection);
            let outcome = tokio::select! {
                outcome = connection.as_mut() => outcome,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = outcome {
                tracing::debug!(%error, "connection ended badly");
            }
            drop((permit, place));
        });
    }
    drop(listener);
    open.close();
    if tokio::time::timeout(Duration::from_millis(config.drain_timeout_ms), open.wait()).await.is_err() {
        tracing::warn!("connections were still open when the drain time was over");
    }
}

type Endpoints = TowerToHyperService<BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>>;

fn service(router: Router, address: SocketAddr) -> Endpoints {
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        request.map(Body::new)
    });
    TowerToHyperService::new(BoxCloneSyncService::new(service))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::TrustedProxies;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    const LARGE: usize = 32 * 1024 * 1024;

    async fn start(config: ServerConfig) -> SocketAddr {
        let listener = bind(([127, 0, 0, 1], 0).into(), "a key").expect("a port");
        let address = listener.local_addr().expect("an address");
        let large = axum::routing::get(|| async { vec![0_u8; LARGE] });
        let router = Router::new().route("/large", large).route("/small", axum::routing::get(|| async { "ok" }));
        tokio::spawn(async move { serve(listener, router, &config, CancellationToken::new()).await });
        address
    }

    fn config() -> ServerConfig {
        ServerConfig {
            max_body_bytes: 1024,
            request_timeout_ms: 10_000,
            header_timeout_ms: 10_000,
            write_timeout_ms: 200,
            max_connections: 1,
            max_connections_per_client: 1,
            trusted_proxies: "127.0.0.1".parse().expect("an address"),
            drain_timeout_ms: 1000,
        }
    }

    async fn ask(address: SocketAddr, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        stream
    }

    async fn answer(mut stream: TcpStream) -> Vec<u8> {
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        // Cut off is as good as no answer.
        let _ = read.expect("an end in time");
        answer
    }

    #[tokio::test]
    async fn who_does_not_read_loses_its_place_to_the_next() {
        let address = start(config()).await;
        let silent = ask(address, "/large").await;
        assert!(answer(ask(address, "/small").await).await.ends_with(b"ok"));
        assert!(answer(silent).await.len() < LARGE);
    }

    #[tokio::test]
    async fn one_client_has_so_many_connections_unless_it_is_a_proxy() {
        let bounds = ServerConfig { max_connections: 10, ..config() };
        let proxied = start(bounds.clone()).await;
        let direct = start(ServerConfig { trusted_proxies: TrustedProxies::default(), ..bounds }).await;
        for (address, served) in [(proxied, true), (direct, false)] {
            let first = TcpStream::connect(address).await.expect("a connection");
            assert_eq!(answer(ask(address, "/small").await).await.ends_with(b"ok"), served);
            drop(first);
        }
    }
}
