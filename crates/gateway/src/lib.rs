//! The gateway: everything that a client sends passes here.

mod api;
pub mod config;
mod document;
mod domain;
pub mod edge;
pub mod identity;
pub mod limits;
mod migrations;
pub mod observe;
mod pages;
pub mod policies;
pub mod proxy;
pub mod routing;
mod service;
mod store;
pub mod upstream;
pub mod wire;

pub use config::{GatewayConfig, check};
pub use document::{GatewayDocument, RouteDetail, StoredDocument};
pub use edge::EdgeSockets;
pub use service::{routes, service};

use orion_contracts::Problem;
use orion_infra::Infra;
use orion_infra::db::Migrations;

/// The tables of this service.
pub const MIGRATIONS: Migrations = Migrations(migrations::all);

/// The gateway needs nothing to begin with.
pub async fn seed(_: &Infra) -> Result<(), Problem> {
    Ok(())
}
