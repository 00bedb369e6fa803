//! Which route a request takes. A table is built whole, checked, and then only read.

pub mod canonical;
mod check;
pub mod config;
pub mod reserved;
pub mod route;
pub mod table;

pub use config::{RateLimitConfig, RouteConfig};
pub use reserved::{Owner, ReservedRoute};
pub use route::{Route, RouteDefaults, Target, Upstream};
pub use table::{NoRoute, RouteTable};
