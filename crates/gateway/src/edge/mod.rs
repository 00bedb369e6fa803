//! Where clients come in: sockets, connections, and HTTP/1.1 as far as bytes go (RFC 9112). What a request means and who
//! answers it, the edge does not know: it is given a function.

mod admission;
mod client;
pub mod core;
mod http1;
mod refusal;
pub mod server;
pub mod settings;

pub use client::{BodyError, Broke, Client, RequestBody};
pub use core::Core;
pub use http1::HeadLimits;
pub use refusal::Refusal;
pub use server::{Edge, EdgeCore, EdgeSockets, RunningCore};
pub use settings::{ClientTimes, EdgeSettings};

use http::Request;

/// What came from a client: a request, or what is refused before anybody looks at it.
pub type Arrival = Result<Request<RequestBody>, Refusal>;
