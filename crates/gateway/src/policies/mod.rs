//! What a route does beside passing on: each policy as the operator writes it, as it is prepared once when a table of routes
//! is built, and as it is asked for each request. Nothing here opens a connection or waits.

pub mod compression;
pub mod cors;
mod faults;
pub mod headers;
mod kept;
pub mod maintenance;
mod names;
mod origins;
pub mod redirect;
pub mod retry;
mod template;
mod vary;

pub use compression::{CodecFailed, Coding, Compressed, Compression, CompressionConfig, Encoder, Wanted};
pub use cors::{Cors, CorsConfig};
pub use headers::{HeaderEdits, HeaderEditsConfig};
pub use kept::Kept;
pub use maintenance::{Maintenance, MaintenanceConfig};
pub use names::Side;
pub use redirect::{Redirect, RedirectConfig};
pub use retry::{Ended, GaveUp, Next, Retries, RetryConfig, Tried};
pub use template::Facts;

#[cfg(test)]
mod documents_tests;
