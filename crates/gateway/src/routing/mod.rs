//! Which route a request takes. A table is built whole, checked, and then only read.

mod ambiguity;
mod asked;
pub mod canonical;
mod check;
pub mod conditions;
pub mod config;
pub mod config_parts;
#[cfg(test)]
mod cost_tests;
pub mod destinations;
mod explain;
mod facts;
#[cfg(test)]
mod fixtures;
mod hosts;
#[cfg(test)]
mod matching_tests;
pub mod pattern;
mod policies;
#[cfg(test)]
mod property_tests;
mod readings;
pub mod reserved;
pub mod rewrite;
pub mod route;
pub mod table;
mod tree;
pub mod warnings;

pub use asked::Asked;
pub use config::{RateLimitConfig, RouteConfig};
pub use config_parts::{CanaryConfig, FieldMatchConfig, RewriteConfig, SplitConfig, UpstreamRef};
pub use policies::Policies;
pub use reserved::{Owner, ReservedRoute};
pub use rewrite::NoTarget;
pub use route::{Route, RouteDefaults, Target};
pub use table::{Found, NoRoute, RouteTable, Written};
