//! Who a user is and what they may do: profiles, roles, permissions, e-mail verification, and the audit log's chain.

mod api;
mod config;
mod consumers;
mod domain;
mod error;
mod jobs;
mod migrations;
mod store;

pub use config::UsersConfig;
pub use domain::administrators::{Administrator, address_of, administrator, known_roles};
pub use domain::audit::at_rest::AuditAtRest;

use domain::Users;
use domain::audit::checkpoints::TakeCheckpoint;
use domain::audit::verify::VerifyAudit;
use domain::avatars::DropAvatars;
use domain::life_cycle::EraseDeleted;
use domain::organisations::EmptyOrganisation;
use domain::spelling::Respell;
use domain::unverified::RemoveUnverified;
use orion_contracts::Problem;
use orion_http::{BuildError, Context, Service};
use orion_infra::db::Migrations;
use orion_infra::{Infra, Settings};

/// The tables of this service.
pub const MIGRATIONS: Migrations = Migrations(migrations::all);

/// Brings permissions and system roles up to this version's. Changes nothing when they are; several processes may do it
/// at once.
pub async fn seed(infra: &Infra) -> Result<(), Problem> {
    Ok(domain::seed::run(infra).await?)
}

/// Builds the service.
pub async fn service(config: Settings<UsersConfig>, context: Context) -> Result<Service, BuildError> {
    let users = Users::new(context.infra.clone(), config);
    let mut service = Service::new(context, {
        let users = users.clone();
        move || api::routes(users.clone())
    });
    service.consumers = consumers::all(users.clone());
    service.jobs = service.jobs.every(RemoveUnverified::EVERY, RemoveUnverified {}, &users);
    service.jobs = service.jobs.every(EraseDeleted::EVERY, EraseDeleted {}, &users);
    service.jobs = service.jobs.every(DropAvatars::EVERY, DropAvatars {}, &users);
    service.jobs = service.jobs.every(Respell::EVERY, Respell {}, &users);
    service.jobs = service.jobs.every(TakeCheckpoint::EVERY, TakeCheckpoint {}, &users);
    service.jobs = service.jobs.handle::<VerifyAudit>(&users);
    service.jobs = service.jobs.handle::<EmptyOrganisation>(&users);
    service.retention = store::RETENTION.to_vec();
    service.tasks.push(jobs::role_ends::task(users.clone()));
    service.tasks.push(jobs::audit_chain::task(users));
    Ok(service)
}
