//! What operators see of requests: metrics and the access log, kept per core and handed on a few times a second.

pub mod access_log;
pub mod metrics;

pub use access_log::{AccessBuffer, AccessEntry, AccessFormat, AccessLog, AccessLogSettings, AccessSink};
pub use metrics::{CoreMetrics, RequestMetrics};
