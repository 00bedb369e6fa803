//! What is behind the gateway: an upstream is a [`Cluster`] of [`Endpoint`]s. Whoever wants to send a request asks the cluster to be
//! admitted (breaker, requests at once), and has its [`Permit`] pick an endpoint (balance, health); what became of the request goes back
//! by [`Picked`].
//!
//! All cores share it. What a request reads and writes is atomics; only whoever waits for its turn, and a change of the breaker, takes a
//! lock or tells somebody. Time is [`orion_infra::Clock::monotonic`], and what is random is drawn by the caller.

mod balance;
mod breaker;
mod bulkhead;
mod changes;
mod cluster;
mod clusters;
pub mod config;
mod discovery;
mod endpoint;
mod hash;
mod hash_by;
mod health;
pub mod http1;
mod latency;
mod outliers;
mod permit;
mod pool;
mod retry_budget;
mod snapshot;
mod tls;
mod window;

pub use breaker::Breaker;
pub use changes::{BreakerCause, Change, Changes, Held};
pub use cluster::Cluster;
pub use clusters::Clusters;
pub use config::UpstreamConfig;
pub use discovery::{Answer, Discovery, DnsLookups, Found};
pub use endpoint::{Endpoint, EndpointId, EndpointSpec, Place};
pub use hash::hash_key;
pub use health::Prober;
pub use permit::{Admission, Ask, Permit, Picked, Queued, Refused, Verdict};
pub use pool::{FRESH, Pool};
pub use tls::Tls;

use std::time::Duration;

/// A monotonic time as atomics keep it: milliseconds, so that zero can say "never".
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
