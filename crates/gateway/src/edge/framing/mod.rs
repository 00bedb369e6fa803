//! The framing filter: a byte stream between the socket and hyper that passes checked messages only (RFC 9112).
//!
//! It follows the messages of a connection by a state of its own, through keep-alive and pipelining. Whole good messages
//! and bodies pass without a copy. An unfinished head is held back until it is whole. In place of a bad head, hyper is
//! given one stand-in request (method [`REFUSED_METHOD`], the path names the reason) that the service answers with a
//! problem, so that answers stay in order; then nothing more is read. A bad body becomes an I/O error, which ends the
//! request to the upstream.

mod chunked;
mod head;
mod message;
mod refusal;
mod seen;
mod stream;

pub(crate) use chunked::Chunked;
pub use head::HeadLimits;
pub use message::{Found, Messages, Phase};
pub use refusal::{REFUSED_METHOD, Refusal};
pub use seen::Seen;
pub use stream::{CheckedStream, StreamTimeouts};
