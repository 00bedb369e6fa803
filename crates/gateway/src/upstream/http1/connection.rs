//! A connection to an upstream between two calls, and what both sides of it have left unread and unwritten.

use crate::wire::Stream;
use bytes::BytesMut;
use std::time::Duration;

/// Bytes of room that an idle connection keeps for the next call.
const KEPT: usize = 8 * 1024;

/// A connection to an upstream.
pub struct Connection {
    pub(super) stream: Stream,
    pub(super) outgoing: BytesMut,
    pub(super) incoming: BytesMut,
    /// Calls that it has answered.
    pub(super) calls: u32,
    /// Whether another call may follow.
    pub(super) keep: bool,
    /// For how long the upstream keeps it idle, if it has said so.
    pub(super) kept_for: Option<Duration>,
}

impl Connection {
    /// A new one.
    pub fn new(stream: Stream) -> Self {
        Self { stream, outgoing: BytesMut::new(), incoming: BytesMut::new(), calls: 0, keep: true, kept_for: None }
    }

    /// Lets go of room that a long body has taken: an idle connection keeps little.
    pub(super) fn forget_buffers(&mut self) {
        for buffer in [&mut self.outgoing, &mut self.incoming] {
            if buffer.is_empty() && buffer.capacity() > KEPT {
                *buffer = BytesMut::new();
            }
        }
    }

    /// Calls that it has answered.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// For how long the upstream keeps it while it is idle, if it has said so (`Keep-Alive: timeout=…`).
    pub fn kept_for(&self) -> Option<Duration> {
        self.kept_for
    }

    /// Whether the upstream has kept quiet while the connection lay idle: it has neither closed nor spoken unasked.
    pub(in crate::upstream) fn is_quiet(&mut self) -> bool {
        self.stream.is_quiet()
    }
}
