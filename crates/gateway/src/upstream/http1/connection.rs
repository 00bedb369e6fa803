//! A connection to an upstream between two calls, and what both sides of it have left unread and unwritten.

use crate::wire::Stream;
use bytes::BytesMut;

/// A connection to an upstream.
pub struct Connection {
    pub(super) stream: Stream,
    pub(super) outgoing: BytesMut,
    pub(super) incoming: BytesMut,
    /// Calls that it has answered.
    pub(super) calls: u32,
    /// Whether another call may follow.
    pub(super) keep: bool,
}

impl Connection {
    /// A new one.
    pub fn new(stream: Stream) -> Self {
        Self { stream, outgoing: BytesMut::new(), incoming: BytesMut::new(), calls: 0, keep: true }
    }

    /// Calls that it has answered.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// Whether the upstream has kept quiet while the connection lay idle: it has neither closed nor spoken unasked.
    pub(in crate::upstream) fn is_quiet(&mut self) -> bool {
        self.stream.is_quiet()
    }
}
