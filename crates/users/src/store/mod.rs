//! Queries, as plain functions over a connection or a transaction. Only this folder knows tables.

#![allow(unreachable_pub, reason = "the entity derive makes what it writes public")]

pub(crate) mod api_keys;
pub(crate) mod audit_chain;
pub(crate) mod audit_checkpoints;
pub(crate) mod audit_log;
pub(crate) mod avatars;
pub(crate) mod conditional_roles;
pub(crate) mod direct_permissions;
pub(crate) mod email_changes;
pub(crate) mod email_verifications;
pub(crate) mod ended_organisation_invitations;
pub(crate) mod invitations;
pub(crate) mod narrow_roles;
pub(crate) mod organisation_invitations;
pub(crate) mod organisation_members;
pub(crate) mod organisations;
pub(crate) mod permissions;
pub(crate) mod preferences;
pub(crate) mod role_catalogue;
pub(crate) mod role_permissions;
pub(crate) mod roles;
pub(crate) mod search_terms;
pub(crate) mod sent_organisation_invitations;
pub(crate) mod service_accounts;
pub(crate) mod spelling;
pub(crate) mod team_roles;
pub(crate) mod teams;
pub(crate) mod terms;
pub(crate) mod user_list;
pub(crate) mod user_permissions;
pub(crate) mod user_roles;
pub(crate) mod user_tags;
pub(crate) mod users;
pub(crate) mod who_can;

use orion_infra::jobs::{RetentionRule, days};

/// Verifications and changes of addresses stay for a month after they have expired, and keys for three after they were revoked or have ended, for support to
/// see. The audit log is cut by its own job.
pub(crate) const RETENTION: &[RetentionRule] = &[
    RetentionRule { table: "email_verifications", key: "id", column: "expires_at", keep: days(30), only: None },
    RetentionRule { table: "organisation_invitations", key: "id", column: "expires_at", keep: days(30), only: None },
    RetentionRule {
        table: "ended_organisation_invitations",
        key: "id",
        column: "answered_at",
        keep: days(30),
        only: None,
    },
    RetentionRule { table: "sent_organisation_invitations", key: "id", column: "sent_at", keep: days(1), only: None },
    RetentionRule { table: "organisations", key: "id", column: "deleted_at", keep: days(30), only: None },
    RetentionRule { table: "email_changes", key: "id", column: "expires_at", keep: days(30), only: None },
    RetentionRule { table: "api_keys", key: "id", column: "revoked_at", keep: days(90), only: None },
    RetentionRule { table: "api_keys", key: "id", column: "expires_at", keep: days(90), only: None },
];

#[cfg(test)]
mod tests {
    use super::*;
    use orion_infra::db::schema::EntityFit;

    #[test]
    fn every_entity_fits_its_table() {
        let faults = EntityFit::of(&crate::MIGRATIONS)
            .entity::<ended_organisation_invitations::Entity>()
            .entity::<api_keys::Entity>()
            .entity::<audit_checkpoints::Entity>()
            .entity::<audit_log::Entity>()
            .entity::<avatars::Entity>()
            .entity::<conditional_roles::Entity>()
            .entity::<email_changes::Entity>()
            .entity::<email_verifications::Entity>()
            .entity::<invitations::Entity>()
            .entity::<narrow_roles::Entity>()
            .entity::<organisation_invitations::Entity>()
            .entity::<organisation_members::Entity>()
            .entity::<organisations::Entity>()
            .entity::<permissions::Entity>()
            .entity::<preferences::Entity>()
            .entity::<role_permissions::Entity>()
            .entity::<roles::Entity>()
            .entity::<search_terms::Entity>()
            .entity::<sent_organisation_invitations::Entity>()
            .entity::<service_accounts::Entity>()
            .entity::<teams::Entity>()
            .entity::<teams::members::Entity>()
            .entity::<user_roles::Entity>()
            .entity::<user_tags::Entity>()
            .entity::<users::Entity>()
            .faults(env!("CARGO_MANIFEST_DIR"))
            .expect("read");
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
