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
use orion_infra::{Clock, Outage};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

/// Connections that may wait to be accepted, as far as the kernel allows (`net.core.somaxconn`). The usual 128 are too few
/// for a gateway that opens one for each request of a burst: what does not fit is reset.
const BACKLOG: u32 = 4096;

/// How long the first request of a connection is waited for at the end: it was made before, and its client may not know.
const FIRST_REQUEST: Duration = Duration::from_millis(500);

/// Listens on an address.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// When a server ends.
#[derive(Clone, Default)]
pub struct Closing {
    /// From then on nothing new is accepted, and what is in flight is finished.
    pub stop: CancellationToken,
    /// Then what is still open is cut.
    pub cut: CancellationToken,
}

/// Serves until told to stop; then those that wait in the queue are still taken, and what is in flight is waited for until
/// it is to be cut. How many connections were.
pub async fn serve(listener: TcpListener, router: Router, config: &ServerConfig, closing: Closing) -> usize {
    let server = Server::new(router, config, closing.clone());
    // Out of file descriptors, or clients that left at once: the next one may do better.
    let shortage = Outage::of("connections", "cannot be accepted", Clock::system());
    loop {
        let permit = tokio::select! {
            () = closing.stop.cancelled() => break,
            permit = server.slots.clone().acquire_owned() => permit,
        };
        let Ok(permit) = permit else { break };
        let (stream, address) = tokio::select! {
            () = closing.stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => {
                    shortage.over();
                    accepted
                }
                Err(error) => {
                    shortage.failed(&error);
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
        };
        server.take(stream, address, permit);
    }
    server.take_queue(listener);
    server.open.close();
    server.open.wait().await;
    let cut = server.cut.load(Ordering::Relaxed);
    if cut > 0 {
        tracing::warn!(connections = cut, "the drain time was over; connections were cut");
    }
    cut
}

/// What accepting connections needs.
struct Server {
    builder: http1::Builder,
    router: Router,
    patience: Duration,
    clients: Arc<Clients>,
    slots: Arc<Semaphore>,
    open: TaskTracker,
    /// How many connections did not end by themselves.
    cut: Arc<AtomicUsize>,
    closing: Closing,
}

impl Server {
    fn new(router: Router, config: &ServerConfig, closing: Closing) -> Self {
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_millis(config.header_timeout_ms));
        Self {
            builder,
            router,
            patience: Duration::from_millis(config.write_timeout_ms),
            clients: Clients::new(config.max_connections_per_client, config.trusted_proxies.clone()),
            slots: Arc::new(Semaphore::new(config.max_connections)),
            open: TaskTracker::new(),
            cut: Arc::default(),
            closing,
        }
    }

    /// Serves a connection.
    fn take(&self, stream: TcpStream, address: SocketAddr, permit: OwnedSemaphorePermit) {
        let Some(place) = self.clients.admit(address.ip()) else {
            tracing::debug!(%address, "too many connections of one client");
            return;
        };
        let begun = Arc::new(Notify::new());
        let service = service(self.router.clone(), address, begun.clone());
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let stream = TokioIo::new(Patient::new(stream, self.patience));
        let connection = self.builder.serve_connection(stream, service).with_upgrades();
        let Closing { stop, cut } = self.closing.clone();
        let cuts = self.cut.clone();
        self.open.spawn(async move {
            let mut connection = pin!(connection);
            let served = async {
                tokio::select! {
                    outcome = connection.as_mut() => return outcome,
                    () = stop.cancelled() => {}
                }
                // hyper would close a connection that has had no request without looking whether one has arrived.
                tokio::select! {
                    outcome = connection.as_mut() => return outcome,
                    () = begun.notified() => {}
                    () = tokio::time::sleep(FIRST_REQUEST) => {}
                }
                connection.as_mut().graceful_shutdown();
                connection.await
            };
            match cut.run_until_cancelled(served).await {
                None => drop(cuts.fetch_add(1, Ordering::Relaxed)),
                Some(Err(error)) => tracing::debug!(%error, "connection ended badly"),
                Some(Ok(())) => {}
            }
            drop((permit, place));
        });
    }

    /// Takes those that the kernel has accepted already, as far as there is room: closing the socket would reset them.
    fn take_queue(&self, listener: TcpListener) {
        // Asked directly: the runtime learns of a connection only when it looks for events.
        let Ok(listener) = listener.into_std() else { return };
        for _ in 0..BACKLOG {
            let Ok(permit) = self.slots.clone().try_acquire_owned() else { return };
            let Ok((stream, address)) = listener.accept() else { return };
            let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
            match stream {
                Ok(stream) => self.take(stream, address, permit),
                Err(error) => tracing::debug!(%error, "connection not taken"),
            }
        }
    }
}

type Endpoints = TowerToHyperService<BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>>;

/// Says from where a request comes. Who calls a service of this process for somebody else says from where they do.
pub fn tell_client<B>(request: &mut Request<B>, address: SocketAddr) {
    request.extensions_mut().insert(ConnectInfo(address));
}

/// The endpoints for one client; tells when it has made a request.
fn service(router: Router, address: SocketAddr, begun: Arc<Notify>) -> Endpoints {
    let service = router.map_request(move |mut request: Request<Incoming>| {
        begun.notify_one();
        tell_client(&mut request, address);
        request.map(Body::new)
    });
    TowerToHyperService::new(BoxCloneSyncService::new(service))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::TrustedProxies;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const LARGE: usize = 32 * 1024 * 1024;

    async fn start(config: ServerConfig) -> SocketAddr {
        let listener = bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = listener.local_addr().expect("an address");
        let large = axum::routing::get(|| async { vec![0_u8; LARGE] });
        let router = Router::new().route("/large", large).route("/small", axum::routing::get(|| async { "ok" }));
        tokio::spawn(async move { serve(listener, router, &config, Closing::default()).await });
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
            drain_delay_ms: 0,
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

    #[tokio::test]
    async fn who_waits_in_the_queue_at_the_end_is_answered_and_the_next_is_refused() {
        let listener = bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().route("/small", axum::routing::get(|| async { "ok" }));
        let closing = Closing::default();
        closing.stop.cancel();
        let waiting = ask(address, "/small").await;
        let bounds = ServerConfig { max_connections: 10, ..config() };
        let serving = tokio::spawn(async move { serve(listener, router, &bounds, closing).await });
        assert!(answer(waiting).await.ends_with(b"ok"));
        tokio::time::timeout(Duration::from_secs(5), serving).await.expect("an end").expect("no panic");
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn what_is_in_flight_is_cut_when_its_time_is_over() {
        let listener = bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = listener.local_addr().expect("an address");
        let begun = Arc::new(tokio::sync::Notify::new());
        let begin = begun.clone();
        let endless = axum::routing::get(move || async move {
            begin.notify_one();
            std::future::pending::<()>().await;
        });
        let router = Router::new().route("/endless", endless);
        let closing = Closing::default();
        let told = closing.clone();
        let serving = tokio::spawn(async move { serve(listener, router, &config(), told).await });
        let waiting = ask(address, "/endless").await;
        begun.notified().await;
        closing.stop.cancel();
        tokio::task::yield_now().await;
        assert!(!serving.is_finished(), "it is waited for");
        closing.cut.cancel();
        let cut = tokio::time::timeout(Duration::from_secs(5), serving).await.expect("an end").expect("no panic");
        assert_eq!(cut, 1);
        assert!(answer(waiting).await.is_empty());
    }
}
