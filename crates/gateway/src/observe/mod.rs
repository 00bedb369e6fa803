//! What operators see of requests: metrics and the access log, kept per core and handed on a few times a second.

mod access_file;
pub mod access_log;
pub mod metrics;
mod outcome;
pub(crate) mod upstreams;

pub use access_log::{AccessBuffer, AccessEntry, AccessLog, AccessSink};
pub use metrics::{CoreMetrics, RequestMetrics};
pub use outcome::Outcome;
