//! HTTP/1.1 to upstreams (RFC 9112). A request drives its connection itself: no task, no channel and no second header map stand
//! between a client's request and its upstream, which is where a general client spends its time.

mod call;
mod connection;
mod head;

pub use call::{Call, Failure, NextFrame, Sent, Waits};
pub use connection::Connection;
