//! Speaks HTTP/1.1 to upstreams (RFC 9112). A request drives its connection itself: no task, no channel and no second
//! header map stand between a client's request and its upstream, which is where a general client spends its time.

mod connection;
mod head;
mod pool;

pub(super) use connection::{Failure, UpstreamConnection, Waits};
pub(super) use pool::FRESH;
pub use pool::Pool;
