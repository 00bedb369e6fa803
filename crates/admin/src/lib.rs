//! The admin service: serves the console, is its backend, and keeps the log of events. A browser gets a cookie; the
//! tokens that it stands for never leave this service.

mod api;
mod config;
mod consumers;
mod domain;
mod error;
mod live;
mod migrations;
mod store;

pub use config::{AdminConfig, check};
pub use domain::events::event_filter;
pub use domain::reset::{ResetLink, reset_link};
pub use domain::settings::{KeptSettings, PlatformSettings};
pub use domain::setup::setup_link;

use orion_contracts::Problem;
use orion_http::{BuildError, Context, Service};
use orion_infra::db::Migrations;
use orion_infra::jobs::{RetentionRule, days};
use orion_infra::settings::Catalogue;
use orion_infra::tasks::Task;
use orion_infra::{Infra, Settings};
use std::time::Duration;

/// The tables of this service.
pub const MIGRATIONS: Migrations = Migrations(migrations::all);

/// Nothing has to stand in the tables before the first request; the one-time link is made by [`setup_link`].
pub async fn seed(_: &Infra) -> Result<(), Problem> {
    Ok(())
}

/// Builds the service.
pub async fn service(
    config: Settings<AdminConfig>,
    catalogue: Catalogue,
    context: Context,
) -> Result<Service, BuildError> {
    let console = api::Console::new(&config, catalogue, context.clone())?;
    let (hub, health) = (console.hub.clone(), console.health.clone());
    let mut service = Service::new(context.clone(), move || api::routes(console.clone()));
    service.consumers = consumers::all(context.infra.clone());
    service.retention = retention(&config.get());
    service.tasks = live::tasks(&hub);
    service.tasks.push(Task::new("instances", move |stop| {
        let (health, infra) = (health.clone(), context.infra.clone());
        async move { health.instances.follow(&infra, stop).await }
    }));
    Ok(service)
}

fn retention(config: &AdminConfig) -> Vec<RetentionRule> {
    let rule = |table, key, column, keep| RetentionRule { table, key, column, keep, only: None };
    vec![
        rule("console_sessions", "id_hash", "expires_at", Duration::ZERO),
        rule("setting_changes", "version", "changed_at", days(3650)),
        rule("event_log", "event_id", "logged_at", days(config.event_log_days.into())),
    ]
}
