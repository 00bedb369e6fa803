//! One core's connections to endpoints. An idle one is driven by nobody, and looked at when it is taken out again.

use super::EndpointId;
use super::http1::Connection;
use super::tls::Tls;
use crate::wire::{Stream, prepare};
use ahash::AHashMap;
use std::cell::RefCell;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long one may have lain idle for a request that must not be sent twice. Whoever meets a closing connection with such a
/// one cannot know whether it was done.
pub const FRESH: Duration = Duration::from_millis(500);

/// Upstreams say for how long they keep a connection, and close it at just that moment: it is given up so much before.
const MARGIN: Duration = Duration::from_millis(750);

struct Idle {
    connection: Box<Connection>,
    since: Duration,
    until: Duration,
}

/// One core's idle connections.
pub struct Pool {
    limit: usize,
    idle: RefCell<AHashMap<EndpointId, Vec<Idle>>>,
}

impl Pool {
    /// A pool that keeps at most `limit` idle connections to each endpoint.
    pub fn new(limit: usize) -> Self {
        Self { limit, idle: RefCell::default() }
    }

    /// Takes out the connection that was used last, if one is still good and has been used since `since`.
    pub fn take(&self, endpoint: EndpointId, since: Duration, now: Duration) -> Option<Box<Connection>> {
        loop {
            let mut idle = self.idle.borrow_mut().get_mut(&endpoint)?.pop_if(|idle| idle.since >= since)?;
            if now < idle.until && idle.connection.is_quiet() {
                return Some(idle.connection);
            }
        }
    }

    /// Opens a connection to `address`; with `tls`, to whoever proves to be `host`.
    ///
    /// # Errors
    /// Nobody is there, or not who should be.
    pub async fn connect(address: &str, tls: Option<(&Tls, &str)>) -> io::Result<Box<Connection>> {
        let stream = TcpStream::connect(address).await?;
        prepare(&stream);
        let stream = match tls {
            None => Stream::Tcp(stream),
            Some((tls, host)) => tls.begin(stream, host).await?,
        };
        Ok(Box::new(Connection::new(stream)))
    }

    /// Puts a connection back that another call may follow on. It is kept for `keep` at most, and no longer than its upstream said.
    pub fn put(&self, endpoint: EndpointId, connection: Box<Connection>, keep: Duration, now: Duration) {
        let keep = connection.kept_for().map_or(keep, |said| keep.min(said.saturating_sub(MARGIN)));
        if keep.is_zero() {
            return;
        }
        let mut idle = self.idle.borrow_mut();
        let connections = idle.entry(endpoint).or_default();
        if connections.len() < self.limit {
            connections.push(Idle { connection, since: now, until: now + keep });
        }
    }

    /// Closes connections that have not been used for a while, and those that their upstream has closed.
    pub fn close_unused(&self, now: Duration) {
        self.idle.borrow_mut().retain(|_, connections| {
            connections.retain_mut(|idle| now < idle.until && idle.connection.is_quiet());
            !connections.is_empty()
        });
    }
}
