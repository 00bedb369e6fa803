//! One client connection: the filter, hyper above it, and the deadlines of both.

use super::core::Core;
use super::deadlines::{Deadlines, NEVER};
use super::framing::{CheckedStream, Seen};
use crate::proxy;
use http::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::cell::Cell;
use std::future::Future;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use tokio::net::TcpStream;

/// What the requests of a connection share.
pub struct Connection {
    /// The connection's deadlines.
    pub deadlines: Rc<Deadlines>,
    /// What the filter has seen.
    pub seen: Rc<Seen>,
    /// The address at the other end.
    pub peer: IpAddr,
    /// That address as a header.
    pub peer_header: HeaderValue,
    /// Bytes of the present request's body that have arrived.
    pub received: Cell<u64>,
    /// Whether it has had a request.
    pub begun: Cell<bool>,
    /// Whether the client is to be told by a reset that its answer is not whole, because nothing else would tell it.
    pub resets: Cell<bool>,
}

/// After its own deadline a request has this long, in milliseconds, to answer; then the connection is cut.
const GRACE: u64 = 5_000;

/// How long, in milliseconds, the first request of a connection is waited for once the edge drains: it was made before, and
/// its client may not know.
const FIRST_REQUEST: u64 = 500;

/// Serves a connection until either side ends it.
pub(super) async fn serve(core: Rc<Core>, stream: TcpStream, deadlines: Rc<Deadlines>, peer: IpAddr) {
    deadlines.idle.set(core.ticker.now() + core.settings.timeouts.head);
    let connection = Rc::new(Connection {
        deadlines: deadlines.clone(),
        seen: Rc::default(),
        peer,
        peer_header: HeaderValue::from_str(&peer.to_string()).unwrap_or(HeaderValue::from_static("unknown")),
        received: Cell::new(0),
        begun: Cell::new(false),
        resets: Cell::new(false),
    });
    let settings = &core.settings;
    let stream =
        CheckedStream::new(stream, settings.head, settings.timeouts, deadlines.clone(), connection.seen.clone());
    let service = service_fn(|request| {
        let (core, connection) = (core.clone(), connection.clone());
        async move { Ok::<_, std::convert::Infallible>(proxy::answer(core, connection, request).await) }
    });
    let mut hyper = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(settings.head.head.max(8 * 1024) * 2)
        .serve_connection(TokioIo::new(stream), service);
    let (mut draining, mut closing) = (false, false);
    std::future::poll_fn(|context| {
        deadlines.watch(context.waker());
        if core.draining.get() && !draining {
            draining = true;
            // Only for a request that may be on its way; one in flight has its own deadlines, and the drain's.
            if !connection.begun.get() {
                deadlines.idle.set(deadlines.idle.get().min(deadlines.now() + FIRST_REQUEST));
            }
        }
        loop {
            // hyper would close a connection that has had no request without looking whether one has arrived.
            if draining && !closing && connection.begun.get() {
                closing = true;
                Pin::new(&mut hyper).graceful_shutdown();
            }
            if Pin::new(&mut hyper).poll(context).is_ready() {
                return Poll::Ready(());
            }
            if !draining || closing || !connection.begun.get() {
                break;
            }
        }
        let now = deadlines.now();
        let overdue = |deadline: u64| deadline != NEVER && deadline.saturating_add(GRACE) <= now;
        // Whoever owns these two acts on them in time; if it does not even look, the connection is stuck.
        match deadlines.send.get() <= now || overdue(deadlines.receive.get()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    // What was under way ends here, and says how the connection is to be ended.
    let stream = hyper.into_parts().io.into_inner();
    if connection.resets.get() {
        let _ = stream.get_ref().set_zero_linger();
    }
}

impl Connection {
    /// A request begins.
    pub fn begin(&self) {
        self.begun.set(true);
        self.deadlines.idle.set(NEVER);
        self.received.set(0);
    }

    /// Its answer has been sent, or given up. The client may be idle for that long, in milliseconds.
    pub fn end(&self, idle: u64) {
        self.seen.answered();
        self.deadlines.answer.set(NEVER);
        self.deadlines.send.set(NEVER);
        self.deadlines.idle.set(self.deadlines.now() + idle);
    }
}

/// Polls a future until a deadline has passed; `None` when it has.
pub async fn until<F: Future>(deadlines: &Deadlines, deadline: &Cell<u64>, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match Pin::new(&mut future).poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if deadline.get() <= deadlines.now() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}
