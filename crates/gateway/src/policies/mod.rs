//! What a route does beside passing on: each policy as the operator writes it, as it is prepared once when a table of routes
//! is built, and as it is asked for each request. Nothing here opens a connection or waits.

mod faults;
pub mod headers;
mod names;
pub mod redirect;
mod template;

pub use headers::{HeaderEdits, HeaderEditsConfig};
pub use names::Side;
pub use redirect::{Redirect, RedirectConfig};
pub use template::Facts;
