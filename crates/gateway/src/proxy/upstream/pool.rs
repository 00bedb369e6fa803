//! One core's connections to upstreams. An idle one is driven by nobody, and looked at when it is taken out again.

use super::UpstreamConnection;
use ahash::AHashMap;
use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a connection may lie idle.
const IDLE: Duration = Duration::from_secs(55);

type Idle = Vec<(Box<UpstreamConnection>, Duration)>;

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
    pub(in crate::proxy) fn take(&self, address: &Arc<str>) -> Option<Box<UpstreamConnection>> {
        loop {
            let (connection, _) = self.idle.borrow_mut().get_mut(address)?.pop()?;
            if connection.is_quiet() {
                return Some(connection);
            }
        }
    }

    /// Opens a connection.
    pub(in crate::proxy) async fn connect(address: &str) -> io::Result<Box<UpstreamConnection>> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Box::new(UpstreamConnection::new(stream)))
    }

    /// Puts a connection back whose answer has been read to its end. One that cannot be used again is closed.
    pub(in crate::proxy) fn put(&self, address: &Arc<str>, connection: Box<UpstreamConnection>, now: Duration) {
        if !connection.is_reusable() {
            return;
        }
        let mut idle = self.idle.borrow_mut();
        let connections = match idle.get_mut(address) {
            Some(connections) => connections,
            None => idle.entry(address.clone()).or_default(),
        };
        if connections.len() < self.limit {
            connections.push((connection, now));
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
