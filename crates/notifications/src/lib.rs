//! The notifications service: messages to people, and the ledger that says of each where it is, and why.

mod api;
mod config;
mod consumers;
mod domain;
mod error;
mod jobs;
mod metrics;
mod migrations;
mod seed;
mod store;

pub use config::NotificationsConfig;
pub use seed::seed;

use domain::{Deliver, Notifications};
use orion_http::{BuildError, Context, Service};
use orion_infra::Settings;
use orion_infra::db::Migrations;
use orion_infra::jobs::{Jobs, RetentionRule, days};
use orion_infra::mailer::capture;

/// The service's migrations.
pub const MIGRATIONS: Migrations = Migrations(migrations::all);

/// Builds the service.
pub async fn service(config: Settings<NotificationsConfig>, context: Context) -> Result<Service, BuildError> {
    let infra = context.infra.clone();
    let keep = days(config.get().retention_days);
    let ledger = RetentionRule { table: "notifications", key: "id", column: "created_at", keep, only: None };
    let notifications = Notifications::new(config, context.identity.issuer(), infra.clone());
    let jobs = Jobs::new(&infra).handle::<Deliver>(&notifications);
    Ok(Service {
        consumers: consumers::all(notifications.clone()),
        jobs,
        retention: vec![ledger, store::addressees::RETENTION, capture::RETENTION],
        ..Service::new(context, move || api::routes(notifications.clone()))
    })
}
