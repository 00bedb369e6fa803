//! How the edge behaves.

use super::HeadLimits;
use orion_http::server::TrustedProxies;
use std::time::Duration;

/// How long a client may take, in milliseconds. Body and answer get more time with every byte, at `least_rate`.
#[derive(Debug, Clone, Copy)]
pub struct ClientTimes {
    /// From a head's first byte to its last.
    pub head: u64,
    /// For a request's body, and for the client to take the answer.
    pub body: u64,
    /// Bytes per second that a body or answer must make to be given more time.
    pub least_rate: u64,
    /// For the whole of a request's body, however steadily it comes.
    pub whole_body: u64,
}

/// How the edge behaves. Nothing here changes while it runs.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// How many cores it uses: threads, each with a listener of its own.
    pub cores: usize,
    /// How many connections it takes at once.
    pub max_connections: usize,
    /// How many of them one client may have.
    pub max_connections_per_client: usize,
    /// How large a request's head may be.
    pub head: HeadLimits,
    /// How long clients may take.
    pub timeouts: ClientTimes,
    /// How long a connection may be idle between requests.
    pub idle: Duration,
    /// Proxies before the edge: one of them speaks for many clients, and what it says of them is believed.
    pub trusted_proxies: TrustedProxies,
    /// How long requests in flight may take once the edge is told to stop.
    pub drain: Duration,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            max_connections: 10_000,
            max_connections_per_client: 1_000,
            head: HeadLimits::default(),
            timeouts: ClientTimes { head: 10_000, body: 30_000, least_rate: 512, whole_body: 3_600_000 },
            idle: Duration::from_secs(75),
            trusted_proxies: TrustedProxies::default(),
            drain: Duration::from_secs(20),
        }
    }
}
