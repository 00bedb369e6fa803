//! Starts and ends the edge: a thread per core, each with a runtime and a listener of its own.

use super::connection::serve;
use super::core::{Core, limiter_hash};
use super::settings::{EdgeSettings, EdgeShared};
use ahash::AHashMap;
use orion_http::server::client_network;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, LocalOptions};
use tokio_util::sync::CancellationToken;

/// Connections that may wait to be accepted, as far as the kernel allows.
const BACKLOG: i32 = 4096;
/// What a client is told when there are too many connections.
const TOO_MANY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n\
content-length: 127\r\nconnection: close\r\n\r\n{\"type\":\"urn:orion:problem:unavailable\",\"title\":\"Too many connections\",\
\"status\":503,\"detail\":\"Try again later\",\"retry_after\":1}";

/// Where clients come in: taken before anything else starts, so that a taken port is known at once.
pub struct EdgeSockets {
    address: SocketAddr,
    first: TcpListener,
}

impl EdgeSockets {
    /// Takes an address; port 0 takes a free one. Nothing is accepted yet.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        // Sockets with SO_REUSEPORT share a port silently; a plain one finds out whether somebody else has it.
        drop(TcpListener::bind(address)?);
        let first = listener(address)?;
        Ok(Self { address: first.local_addr()?, first })
    }

    /// The address, with the port that it became.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// The edge while it runs.
pub struct Edge {
    address: SocketAddr,
    threads: Vec<JoinHandle<()>>,
}

impl Edge {
    /// Serves until `shutdown`; then finishes what is in flight, within the drain time.
    pub fn start(
        sockets: EdgeSockets,
        settings: &EdgeSettings,
        shared: &EdgeShared,
        shutdown: &CancellationToken,
    ) -> io::Result<Self> {
        let EdgeSockets { address, first } = sockets;
        let mut listeners = vec![first];
        for _ in 1..settings.cores {
            listeners.push(listener(address)?);
        }
        let hash = limiter_hash(shared);
        let admission = Arc::new(Admission::new(settings));
        let mut threads = Vec::with_capacity(listeners.len());
        for (number, listener) in listeners.into_iter().enumerate() {
            let core = CoreStart {
                listener,
                settings: settings.clone(),
                shared: shared.clone(),
                hash: hash.clone(),
                admission: admission.clone(),
                shutdown: shutdown.clone(),
            };
            threads.push(std::thread::Builder::new().name(format!("edge-{number}")).spawn(move || core.run())?);
        }
        Ok(Self { address, threads })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until every core has ended, which they do after `shutdown`.
    pub async fn ended(self) {
        let waiting =
            tokio::task::spawn_blocking(move || self.threads.into_iter().for_each(|thread| drop(thread.join())));
        if waiting.await.is_err() {
            tracing::error!("a core of the edge could not be waited for");
        }
    }
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// How many connections there are, of all cores. Looked at when one comes and goes, not on requests.
struct Admission {
    total: usize,
    per_client: usize,
    present: Mutex<(usize, AHashMap<IpAddr, usize>)>,
}

impl Admission {
    fn new(settings: &EdgeSettings) -> Self {
        let (total, per_client) = (settings.max_connections, settings.max_connections_per_client);
        Self { total, per_client, present: Mutex::default() }
    }

    fn admit(self: &Arc<Self>, client: IpAddr) -> Option<Admitted> {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, clients) = &mut *present;
        let network = client_network(client);
        let of_client = clients.get(&network).copied().unwrap_or(0);
        if *total >= self.total || of_client >= self.per_client {
            return None;
        }
        *total += 1;
        clients.insert(network, of_client + 1);
        Some(Admitted { admission: self.clone(), client })
    }
}

/// A connection that counts for as long as this lives.
struct Admitted {
    admission: Arc<Admission>,
    client: IpAddr,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut present = self.admission.present.lock().unwrap_or_else(PoisonError::into_inner);
        present.0 -= 1;
        let network = client_network(self.client);
        match present.1.get_mut(&network) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(present.1.remove(&network)),
        }
    }
}

/// What a core's thread needs to begin.
struct CoreStart {
    listener: TcpListener,
    settings: EdgeSettings,
    shared: EdgeShared,
    hash: ahash::RandomState,
    admission: Arc<Admission>,
    shutdown: CancellationToken,
}

impl CoreStart {
    fn run(self) {
        let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
        let result = runtime.and_then(|runtime| runtime.block_on(self.serve()));
        if let Err(error) = result {
            tracing::error!(%error, "a core of the edge has failed");
        }
    }

    async fn serve(self) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let core = Rc::new(Core::new(self.settings, self.shared, self.hash));
        let ticking = tokio::task::spawn_local(core.clone().tick());
        loop {
            let accepted = tokio::select! {
                () = self.shutdown.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => match self.admission.admit(peer.ip().to_canonical()) {
                    Some(admitted) => {
                        // Without it, small answers would wait for acknowledgements; if it fails the socket is gone.
                        let _ = stream.set_nodelay(true);
                        let core = core.clone();
                        tokio::task::spawn_local(async move {
                            serve(core, stream, admitted.client).await;
                            drop(admitted);
                        });
                    }
                    None => {
                        core.shared.metrics.connections_refused.inc();
                        let _ = stream.try_write(TOO_MANY);
                    }
                },
                Err(error) => {
                    // Out of file descriptors, most often: connections that end give some back.
                    tracing::warn!(%error, "a connection could not be accepted");
                    core.shared.clock.sleep(Duration::from_millis(10)).await;
                }
            }
        }
        drop(listener);
        drain(&core).await;
        ticking.abort();
        core.flush();
        Ok(())
    }
}

/// Waits for what is in flight. Idle connections end at once, busy ones after their answer.
async fn drain(core: &Core) {
    core.draining.set(true);
    core.ticker.wake_all();
    let deadline = core.monotonic() + core.settings.drain;
    while core.ticker.connections() > 0 && core.monotonic() < deadline {
        core.shared.clock.sleep(Duration::from_millis(5)).await;
    }
    let left = core.ticker.connections();
    if left > 0 {
        tracing::warn!(connections = left, "the drain time is over; connections are cut");
    }
}
