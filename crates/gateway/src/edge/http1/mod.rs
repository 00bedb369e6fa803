//! HTTP/1.1 to clients (RFC 9112), one request after the other.
//!
//! What could be read in two ways never leaves here as a request: it is answered once, in its turn, and the connection ends.

mod answer;
mod head;
mod io;
mod read;
mod serve;

pub use head::HeadLimits;
pub(super) use io::Io;
pub(super) use serve::serve;

#[cfg(test)]
mod tests;
