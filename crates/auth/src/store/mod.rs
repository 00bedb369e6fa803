//! Queries over the tables of the auth service; the only place that knows them.

pub(crate) mod accounts;
pub(crate) mod blacklist;
pub(crate) mod credentials;
pub(crate) mod identifiers;
pub(crate) mod login_attempts;
pub(crate) mod rate_limits;
pub(crate) mod security_events;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod tokens;

use orion_infra::jobs::{RetentionRule, days};
use std::time::Duration;

const fn rule(table: &'static str, key: &'static str, column: &'static str, keep: Duration) -> RetentionRule {
    RetentionRule { table, key, column, keep, only: None }
}

/// How long rows stay in the tables that grow.
pub(crate) const RETENTION: &[RetentionRule] = &[
    rule("sessions", "id", "idle_expires_at", days(30)),
    // A used token is remembered until it would have expired: its reuse must be noticed.
    rule("auth_tokens", "id", "expires_at", days(1)),
    rule("session_blacklist", "sequence", "expires_at", Duration::ZERO),
    rule("login_attempts", "id", "attempted_at", days(90)),
    rule("rate_limits", "key", "reset_at", Duration::ZERO),
    rule("security_events", "id", "occurred_at", days(365)),
    rule("signing_keys", "kid", "retired_at", days(90)),
];

#[cfg(test)]
mod tests {
    use super::*;
    use orion_infra::db::schema::EntityFit;

    #[test]
    fn every_entity_fits_its_table() {
        let faults = EntityFit::of(&crate::MIGRATIONS)
            .entity::<accounts::Entity>()
            .entity::<blacklist::Entity>()
            .entity::<credentials::Entity>()
            .entity::<identifiers::Entity>()
            .entity::<login_attempts::Entity>()
            .entity::<rate_limits::Entity>()
            .entity::<security_events::Entity>()
            .entity::<sessions::Entity>()
            .entity::<signing_keys::Entity>()
            .entity::<tokens::Entity>()
            .faults(env!("CARGO_MANIFEST_DIR"))
            .expect("read");
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
