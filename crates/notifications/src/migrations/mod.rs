//! The tables of the notifications service, in the order in which they came.

mod m0001_templates;
mod m0002_ledger;

use orion_infra::mailer::capture;
use sea_orm_migration::MigrationTrait;

/// All migrations.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![capture::migration(), Box::new(m0001_templates::Templates), Box::new(m0002_ledger::Ledger)]
}
