//! One core's connections to upstreams. An idle one is driven by nobody, and looked at when it is taken out again.

use super::http1::Connection;
use crate::wire::Stream;
use ahash::AHashMap;
use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a connection may lie idle: less than most servers keep one (Node, Apache and uvicorn 5 s), so that few close it
/// just when a request is on its way.
const IDLE: Duration = Duration::from_secs(4);

/// How long one may have lain idle for a request that must not be sent twice. Whoever meets a closing connection with such a
/// one cannot know whether it was done.
pub const FRESH: Duration = Duration::from_millis(500);

type Idle = Vec<(Box<Connection>, Duration)>;

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

    /// Takes out the connection that was used last, if one is still good and has been used since `since`.
    pub fn take(&self, address: &Arc<str>, since: Duration) -> Option<Box<Connection>> {
        loop {
            let (mut connection, _) = self.idle.borrow_mut().get_mut(address)?.pop_if(|(_, used)| *used >= since)?;
            if connection.is_quiet() {
                return Some(connection);
            }
        }
    }

    /// Opens a connection.
    pub async fn connect(address: &str) -> io::Result<Box<Connection>> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Box::new(Connection::new(Stream::Tcp(stream))))
    }

    /// Puts a connection back that another call may follow on.
    pub fn put(&self, address: &Arc<str>, connection: Box<Connection>, now: Duration) {
        let mut idle = self.idle.borrow_mut();
        let connections = match idle.get_mut(address) {
            Some(connections) => connections,
            None => idle.entry(address.clone()).or_default(),
        };
        if connections.len() < self.limit {
            connections.push((connection, now));
        }
    }

    /// Closes connections that have not been used for a while, and those that their upstream has closed.
    pub(crate) fn close_unused(&self, now: Duration) {
        self.idle.borrow_mut().retain(|_, connections| {
            connections.retain_mut(|(connection, since)| now.saturating_sub(*since) < IDLE && connection.is_quiet());
            !connections.is_empty()
        });
    }
}
