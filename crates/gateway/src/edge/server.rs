//! Starts and ends the edge's cores: a thread for each, with a runtime and a listener of its own.

use super::Arrival;
use super::admission::Admission;
use super::client::Client;
use super::core::Core;
use super::http1::serve;
use super::settings::EdgeSettings;
use crate::wire::{Stream, prepare};
use bytes::Bytes;
use http::Response;
use http_body::Body;
use orion_infra::Clock;
use prometheus::IntCounter;
use socket2::{Domain, Protocol, Socket, Type};
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
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

/// The edge: as many cores as the settings say, which share a port and little else. `A` makes what answers on a core, of that
/// core, on its thread.
pub struct Edge<A> {
    address: SocketAddr,
    cores: Vec<EdgeCore<A>>,
}

impl<A: Clone> Edge<A> {
    /// Listens once for each core; nothing is accepted before the cores are started. `refused` counts whom there was no room for.
    pub fn new(
        sockets: EdgeSockets,
        settings: &EdgeSettings,
        clock: &Clock,
        refused: IntCounter,
        answers: &A,
    ) -> io::Result<Self> {
        let EdgeSockets { address, first } = sockets;
        let mut listeners = vec![first];
        for _ in 1..settings.cores {
            listeners.push(listener(address)?);
        }
        let admission = Arc::new(Admission::new(settings, clock.clone(), refused));
        let core = |(number, listener)| EdgeCore {
            number,
            address,
            listener: Mutex::new(Some(listener)),
            settings: settings.clone(),
            clock: clock.clone(),
            admission: admission.clone(),
            answers: answers.clone(),
        };
        Ok(Self { address, cores: listeners.into_iter().enumerate().map(core).collect() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its cores, each to be started.
    pub fn into_cores(self) -> Vec<EdgeCore<A>> {
        self.cores
    }
}

/// One core of the edge, which can be started again when it has failed.
pub struct EdgeCore<A> {
    number: usize,
    address: SocketAddr,
    /// The listener of the first start.
    listener: Mutex<Option<TcpListener>>,
    settings: EdgeSettings,
    clock: Clock,
    admission: Arc<Admission>,
    answers: A,
}

/// A core's thread while it runs.
pub struct RunningCore(oneshot::Receiver<io::Result<()>>);

impl<A, S, F, B> EdgeCore<A>
where
    A: Fn(&Rc<Core>) -> S + Clone + Send + 'static,
    S: Fn(Rc<Client>, Arrival) -> F + Clone + 'static,
    F: Future<Output = Response<B>> + 'static,
    B: Body<Data = Bytes> + 'static,
{
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
            clock: self.clock.clone(),
            admission: self.admission.clone(),
            answers: self.answers.clone(),
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

/// What a core's thread needs to begin.
struct CoreStart<A> {
    listener: TcpListener,
    settings: EdgeSettings,
    clock: Clock,
    admission: Arc<Admission>,
    answers: A,
    shutdown: CancellationToken,
}

impl<A, S, F, B> CoreStart<A>
where
    A: Fn(&Rc<Core>) -> S,
    S: Fn(Rc<Client>, Arrival) -> F + Clone + 'static,
    F: Future<Output = Response<B>> + 'static,
    B: Body<Data = Bytes> + 'static,
{
    fn run(self) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
        let core = Rc::new(Core::new(self.settings, self.clock));
        let accepting = Accepting { core: core.clone(), admission: self.admission, answer: (self.answers)(&core) };
        let outcome = runtime.block_on(accepting.until(self.listener, &self.shutdown));
        // What is still in flight ends with the runtime, and is counted and logged then; after it goes what answers.
        core.cut.set(true);
        // A look-up of a name that nobody answers is not waited for.
        runtime.shutdown_timeout(Duration::from_millis(100));
        outcome
    }
}

/// A core that takes connections.
struct Accepting<S> {
    core: Rc<Core>,
    admission: Arc<Admission>,
    answer: S,
}

impl<S, F, B> Accepting<S>
where
    S: Fn(Rc<Client>, Arrival) -> F + Clone + 'static,
    F: Future<Output = Response<B>> + 'static,
    B: Body<Data = Bytes> + 'static,
{
    /// Accepts until `shutdown`, then drains.
    async fn until(&self, listener: TcpListener, shutdown: &CancellationToken) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut ticking = tokio::task::spawn_local(self.core.clone().tick());
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => break,
                // Without its ticks no deadline would ever pass.
                _ = &mut ticking => return Err(io::Error::other("its clock has stopped")),
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    self.admission.shortage.over();
                    self.take(stream, peer);
                }
                Err(error) => {
                    // Connections that end give some back.
                    self.admission.shortage.failed(&error);
                    self.core.clock.sleep(Duration::from_millis(10)).await;
                }
            }
        }
        self.take_queue(listener.into_std()?);
        drain(&self.core).await;
        ticking.abort();
        Ok(())
    }

    /// Serves a connection, if there is room for it.
    fn take(&self, stream: TcpStream, peer: SocketAddr) {
        let address = peer.ip().to_canonical();
        let Some(admitted) = self.admission.admit(address) else {
            self.admission.refused.inc();
            let _ = stream.try_write(TOO_MANY);
            return;
        };
        prepare(&stream);
        // Counted from now on, not from when it is first looked at: a drain waits for it.
        let client = Client::new(self.core.clone(), Stream::Tcp(stream), address);
        let answer = self.answer.clone();
        tokio::task::spawn_local(async move {
            serve(client, answer).await;
            drop(admitted);
        });
    }

    /// Takes those that the kernel has accepted already: closing the socket would reset them.
    fn take_queue(&self, listener: TcpListener) {
        // Asked directly, for the runtime learns of a connection only when it looks for events.
        for _ in 0..BACKLOG {
            let Ok((stream, peer)) = listener.accept() else { return };
            match stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)) {
                Ok(stream) => self.take(stream, peer),
                Err(error) => tracing::debug!(%error, "a connection could not be taken"),
            }
        }
    }
}

/// Waits for what is in flight. Idle connections end at once, busy ones after their answer.
async fn drain(core: &Core) {
    core.draining.set(true);
    core.ticker.wake_all();
    let deadline = core.monotonic() + core.settings.drain;
    while core.connections.get() > 0 && core.monotonic() < deadline {
        core.clock.sleep(Duration::from_millis(5)).await;
    }
    let left = core.connections.get();
    if left > 0 {
        tracing::warn!(connections = left, "the drain time is over; connections are cut");
    }
}
