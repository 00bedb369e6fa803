//! The edge: sockets, connections, and what a request must be before anything else looks at it.

pub mod canonical;
pub mod deadlines;
pub mod framing;
