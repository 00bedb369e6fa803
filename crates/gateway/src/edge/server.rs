//! Starts and ends the edge's cores: a thread for each, with a runtime and a listener of its own.

use super::connection::serve;
use super::core::{Common, Core};
use super::settings::{EdgeSettings, EdgeShared};
use ahash::AHashMap;
use orion_http::server::{TrustedProxies, client_network};
use orion_infra::{Clock, Outage};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::oneshot;
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

/// The edge: as many cores as the settings say, which share a port and little else.
pub struct Edge {
    address: SocketAddr,
    cores: Vec<EdgeCore>,
}

impl Edge {
    /// Listens once for each core; nothing is accepted before the cores are started.
    pub fn new(sockets: EdgeSockets, settings: &EdgeSettings, shared: &EdgeShared) -> io::Result<Self> {
        let EdgeSockets { address, first } = sockets;
        let mut listeners = vec![first];
        for _ in 1..settings.cores {
            listeners.push(listener(address)?);
        }
        let common = Common::new(shared);
        let admission = Arc::new(Admission::new(settings, shared.clock.clone()));
        let core = |(number, listener)| EdgeCore {
            number,
            address,
            listener: Mutex::new(Some(listener)),
            settings: settings.clone(),
            shared: shared.clone(),
            common: common.clone(),
            admission: admission.clone(),
        };
        Ok(Self { address, cores: listeners.into_iter().enumerate().map(core).collect() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its cores, each to be started.
    pub fn into_cores(self) -> Vec<EdgeCore> {
        self.cores
    }
}

/// One core of the edge, which can be started again when it has failed.
pub struct EdgeCore {
    number: usize,
    address: SocketAddr,
    /// The listener of the first start.
    listener: Mutex<Option<TcpListener>>,
    settings: EdgeSettings,
    shared: EdgeShared,
    common: Common,
    admission: Arc<Admission>,
}

/// A core's thread while it runs.
pub struct RunningCore(oneshot::Receiver<io::Result<()>>);

impl EdgeCore {
    /// Which of the cores it is.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Serves in a thread of its own until `shutdown`; then finishes what is in flight, within the drain time.
    pub fn start(&self, shutdown: CancellationToken) -> io::Result<RunningCore> {
        let kept = self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        let core = CoreStart {
            listener: kept.map_or_else(|| listener(self.address), Ok)?,
            settings: self.settings.clone(),
            shared: self.shared.clone(),
            common: self.common.clone(),
            admission: self.admission.clone(),
            shutdown,
        };
        let (end, ended) = oneshot::channel();
        std::thread::Builder::new().name(format!("edge-{}", self.number)).spawn(move || {
            // Who does not wait for the end need not hear of it.
            let _ = end.send(core.run());
        })?;
        Ok(RunningCore(ended))
    }

    /// Serves until told to stop; returns before that when the core fails, and says why.
    pub async fn run(&self, stop: CancellationToken) {
        // When this future is dropped its thread ends as well.
        let shutdown = stop.child_token();
        let _ends_with_this = shutdown.clone().drop_guard();
        let outcome = match self.start(shutdown) {
            Ok(running) => running.ended().await,
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            tracing::error!(core = self.number, %error, "a core of the edge has failed");
        }
    }
}

impl RunningCore {
    /// Waits until the core has ended, which it does after its shutdown.
    pub async fn ended(self) -> io::Result<()> {
        self.0.await.unwrap_or_else(|_| Err(io::Error::other("its thread panicked")))
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
    /// A proxy speaks for many clients.
    exempt: TrustedProxies,
    present: Mutex<(usize, AHashMap<IpAddr, usize>)>,
    /// While the system gives no connection out: there are no file descriptors left, most often.
    shortage: Outage,
}

impl Admission {
    fn new(settings: &EdgeSettings, clock: Clock) -> Self {
        Self {
            total: settings.max_connections,
            per_client: settings.max_connections_per_client,
            exempt: settings.trusted_proxies.clone(),
            present: Mutex::default(),
            shortage: Outage::of("clients' connections", "cannot be accepted", clock),
        }
    }

    fn admit(self: &Arc<Self>, client: IpAddr) -> Option<Admitted> {
        let network = (!self.exempt.contains(client)).then(|| client_network(client));
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, clients) = &mut *present;
        if *total >= self.total {
            return None;
        }
        if let Some(network) = network {
            let of_client = clients.get(&network).copied().unwrap_or(0);
            if of_client >= self.per_client {
                return None;
            }
            clients.insert(network, of_client + 1);
        }
        *total += 1;
        Some(Admitted { admission: self.clone(), network })
    }
}

/// A connection that counts for as long as this lives.
struct Admitted {
    admission: Arc<Admission>,
    /// For whom it counts, if not for everybody only.
    network: Option<IpAddr>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut present = self.admission.present.lock().unwrap_or_else(PoisonError::into_inner);
        present.0 -= 1;
        let Some(network) = self.network else { return };
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
    common: Common,
    admission: Arc<Admission>,
    shutdown: CancellationToken,
}

impl CoreStart {
    fn run(self) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
        let Self { listener, settings, shared, common, admission, shutdown } = self;
        let core = Rc::new(Core::new(settings, shared, common));
        let outcome = runtime.block_on(serve_all(&core, &admission, listener, &shutdown));
        // What is still in flight ends with the runtime, and is counted and logged then.
        core.cut.set(true);
        drop(runtime);
        core.flush();
        outcome
    }
}

/// Accepts until `shutdown`, then drains.
async fn serve_all(
    core: &Rc<Core>,
    admission: &Arc<Admission>,
    listener: TcpListener,
    shutdown: &CancellationToken,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut ticking = tokio::task::spawn_local(core.clone().tick());
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            // Without its ticks no deadline would ever pass.
            _ = &mut ticking => return Err(io::Error::other("its clock has stopped")),
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                admission.shortage.over();
                take(core, admission, stream, peer);
            }
            Err(error) => {
                // Connections that end give some back.
                admission.shortage.failed(&error);
                core.shared.clock.sleep(Duration::from_millis(10)).await;
            }
        }
    }
    take_queue(core, admission, listener.into_std()?);
    drain(core).await;
    ticking.abort();
    Ok(())
}

/// Serves a connection, if there is room for it.
fn take(core: &Rc<Core>, admission: &Arc<Admission>, stream: TcpStream, peer: SocketAddr) {
    let client = peer.ip().to_canonical();
    let Some(admitted) = admission.admit(client) else {
        core.shared.metrics.connections_refused.inc();
        let _ = stream.try_write(TOO_MANY);
        return;
    };
    // Without it, small answers would wait for acknowledgements; if it fails the socket is gone.
    let _ = stream.set_nodelay(true);
    let core = core.clone();
    // Counted from now on, not from when it is first looked at: a drain waits for it.
    let deadlines = core.ticker.deadlines();
    tokio::task::spawn_local(async move {
        serve(core, stream, deadlines, client).await;
        drop(admitted);
    });
}

/// Takes those that the kernel has accepted already: closing the socket would reset them.
fn take_queue(core: &Rc<Core>, admission: &Arc<Admission>, listener: TcpListener) {
    // Asked directly, for the runtime learns of a connection only when it looks for events.
    for _ in 0..BACKLOG {
        let Ok((stream, peer)) = listener.accept() else { return };
        match stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)) {
            Ok(stream) => take(core, admission, stream, peer),
            Err(error) => tracing::debug!(%error, "a connection could not be taken"),
        }
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
