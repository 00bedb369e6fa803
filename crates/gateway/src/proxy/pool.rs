//! One core's connections to upstreams. A request drives its connection itself; an idle one is driven by nobody and
//! looked at when it is taken out again.

use super::body::RequestBody;
use super::upstream_stream::UpstreamStream;
use ahash::AHashMap;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a connection may lie idle.
const IDLE: Duration = Duration::from_secs(55);

/// A connection to an upstream.
pub(super) struct Connected {
    pub(super) sender: SendRequest<RequestBody>,
    /// Boxed: it is large, and moves with every answer.
    driver: Box<http1::Connection<TokioIo<UpstreamStream>, RequestBody>>,
    closed: bool,
}

impl Connected {
    /// Moves bytes. True once the connection is closed.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) -> bool {
        if !self.closed {
            self.closed = Pin::new(&mut *self.driver).poll(context).is_ready();
        }
        self.closed
    }

    /// Whether it can take another request now.
    fn is_ready(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        !self.drive(&mut context) && matches!(self.sender.poll_ready(&mut context), Poll::Ready(Ok(())))
    }
}

type Idle = Vec<(Connected, Duration)>;

/// One core's idle connections.
pub struct Pool {
    limit: usize,
    idle: RefCell<AHashMap<Arc<str>, Idle>>,
}

impl Pool {
    /// A pool that keeps at most `limit` idle connections to each upstream.
    pub fn new(limit: usize) -> Self {
        Self { limit, idle: RefCell::default() }
    }

    /// Takes out the connection that was used last, if one is still good.
    pub(super) fn take(&self, address: &Arc<str>) -> Option<Connected> {
        loop {
            let (mut connected, _) = self.idle.borrow_mut().get_mut(address)?.pop()?;
            if connected.is_ready() {
                return Some(connected);
            }
        }
    }

    /// Opens a connection.
    pub(super) async fn connect(address: &str) -> io::Result<Connected> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, driver) =
            http1::handshake(TokioIo::new(UpstreamStream::new(stream))).await.map_err(io::Error::other)?;
        Ok(Connected { sender, driver: Box::new(driver), closed: false })
    }

    /// Puts a connection back whose answer has been read to its end. One that is still busy is closed.
    pub(super) fn put(&self, address: Arc<str>, mut connected: Connected, now: Duration) {
        if connected.sender.is_ready() || connected.is_ready() {
            let mut idle = self.idle.borrow_mut();
            let connections = idle.entry(address).or_default();
            if !connected.closed && connections.len() < self.limit {
                connections.push((connected, now));
            }
        }
    }

    /// Closes connections that have not been used for a while.
    pub(crate) fn close_unused(&self, now: Duration) {
        self.idle.borrow_mut().retain(|_, connections| {
            connections.retain(|(_, since)| now.saturating_sub(*since) < IDLE);
            !connections.is_empty()
        });
    }
}
