//! What a route does beside passing on: each policy as the operator writes it, as it is prepared once when a table of routes
//! is built, and as it is asked for each request. Nothing here opens a connection or waits.

pub mod cors;
mod faults;
pub mod headers;
pub mod maintenance;
mod names;
mod origins;
pub mod redirect;
mod template;
mod vary;

pub use cors::{Cors, CorsConfig};
pub use headers::{HeaderEdits, HeaderEditsConfig};
pub use maintenance::{Maintenance, MaintenanceConfig};
pub use names::Side;
pub use redirect::{Redirect, RedirectConfig};
pub use template::Facts;
