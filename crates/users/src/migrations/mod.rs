//! The tables of this service, in the order in which they came.

mod m0001_users;
mod m0002_roles;
mod m0003_audit_log;
mod m0004_audit_verification;

use sea_orm_migration::MigrationTrait;

pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m0001_users::Users),
        Box::new(m0002_roles::Roles),
        Box::new(m0003_audit_log::AuditLog),
        Box::new(m0004_audit_verification::AuditVerification),
    ]
}
