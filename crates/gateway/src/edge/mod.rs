//! The edge: sockets, connections, and what a request must be before anything else looks at it.

pub mod connection;
pub mod core;
pub mod deadlines;
pub mod framing;
pub mod server;
pub mod settings;

pub use server::{Edge, EdgeCore, EdgeSockets, RunningCore};
pub use settings::{EdgeSettings, EdgeShared};
