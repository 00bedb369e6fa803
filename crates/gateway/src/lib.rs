//! The gateway: everything that a client sends passes here.

mod api;
pub mod config;
pub mod edge;
pub mod identity;
pub mod limits;
pub mod observe;
mod pages;
pub mod policies;
pub mod proxy;
pub mod routing;
mod service;
pub mod upstream;
pub mod wire;

pub use config::{GatewayConfig, check};
pub use edge::EdgeSockets;
pub use service::{routes, service};

use orion_contracts::Problem;
use orion_infra::Infra;
use orion_infra::db::Migrations;

/// The gateway has the tables that every service has, and none of its own: routes come from the configuration.
pub const MIGRATIONS: Migrations = Migrations(Vec::new);

/// The gateway needs nothing to begin with.
pub async fn seed(_: &Infra) -> Result<(), Problem> {
    Ok(())
}
