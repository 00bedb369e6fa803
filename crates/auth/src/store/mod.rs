//! Queries over the tables of the auth service; the only place that knows them.

pub(crate) mod accounts;
pub(crate) mod backup_codes;
pub(crate) mod blacklist;
pub(crate) mod credentials;
pub(crate) mod devices;
pub(crate) mod flows;
pub(crate) mod identifiers;
pub(crate) mod login_attempts;
mod named;
pub(crate) mod oauth_providers;
pub(crate) mod passkeys;
pub(crate) mod password_resets;
pub(crate) mod provider_visits;
pub(crate) mod rate_limits;
pub(crate) mod security_events;
pub(crate) mod sessions;
pub(crate) mod sign_in_codes;
pub(crate) mod signing_keys;
pub(crate) mod tokens;
pub(crate) mod two_factor;

use chrono::{DateTime, Utc};
use orion_infra::jobs::{RetentionRule, days};
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoColumnRef, Value};
use std::time::Duration;
use uuid::Uuid;

/// The first id that a row of this moment can have: ids rise with time (RFC 9562, version 7).
fn first_id_of(moment: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or(0);
    let millis = Ord::min(millis, (1 << 48) - 1);
    Uuid::from_u128(u128::from(millis) << 80)
}

/// That a column is so, beside another condition that leaves few rows: no index is asked for it. SQLite, which counts columns and not
/// rows, would take one of two columns before that of an account.
fn beside(column: impl IntoColumnRef, value: impl Into<Value>) -> Expr {
    Expr::from(Func::coalesce([Expr::col(column), Expr::val("")])).eq(Expr::val(value))
}

const fn rule(table: &'static str, key: &'static str, column: &'static str, keep: Duration) -> RetentionRule {
    RetentionRule { table, key, column, keep, only: None }
}

/// How long rows stay in the tables that grow.
pub(crate) const RETENTION: &[RetentionRule] = &[
    rule("sessions", "id", "idle_expires_at", sessions::KNOWN),
    // A used token is remembered until it would have expired: its reuse must be noticed.
    RetentionRule { only: Some("type <> 'email_verification'"), ..rule("auth_tokens", "id", "expires_at", days(1)) },
    // Whoever opens the link again weeks later is told that all is well.
    RetentionRule { only: Some("type = 'email_verification'"), ..rule("auth_tokens", "id", "expires_at", days(60)) },
    // A block stands for as long as the account.
    RetentionRule { only: Some("status <> 'blocked'"), ..rule("devices", "id", "signed_in_at", devices::KNOWN) },
    // Nothing of one that is over is asked for, and what waits sealed in it must not outlive it.
    rule("flows", "id", "expires_at", Duration::ZERO),
    rule("provider_visits", "id", "expires_at", days(1)),
    rule("password_resets", "id", "expires_at", days(30)),
    rule("sign_in_codes", "id", "expires_at", days(1)),
    rule("session_blacklist", "sequence", "expires_at", Duration::ZERO),
    rule("login_attempts", "id", "attempted_at", login_attempts::KNOWN),
    rule("rate_limits", "key", "reset_at", Duration::ZERO),
    // The account of a user who is no more, whose address is free, is remembered until no older news of it can come any more. Who is
    // deleted and may be restored keeps their address.
    RetentionRule { only: Some(IS_NO_MORE), ..rule("accounts", "user_id", "updated_at", days(30)) },
    rule("security_events", "id", "occurred_at", days(365)),
    rule("signing_keys", "kid", "retired_at", days(90)),
];

const IS_NO_MORE: &str = "status = 'deleted' AND NOT EXISTS \
    (SELECT 1 FROM account_identifiers WHERE account_identifiers.user_id = accounts.user_id)";

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::ServiceName;
    use orion_infra::Infra;
    use orion_infra::db::dialect::statement;
    use orion_infra::db::schema::EntityFit;
    use sea_orm::ConnectionTrait;

    #[test]
    fn every_entity_fits_its_table() {
        let faults = EntityFit::of(&crate::MIGRATIONS)
            .entity::<accounts::Entity>()
            .entity::<backup_codes::Entity>()
            .entity::<blacklist::Entity>()
            .entity::<credentials::Entity>()
            .entity::<devices::Entity>()
            .entity::<flows::Entity>()
            .entity::<sign_in_codes::Entity>()
            .entity::<identifiers::Entity>()
            .entity::<login_attempts::Entity>()
            .entity::<oauth_providers::Entity>()
            .entity::<passkeys::Entity>()
            .entity::<provider_visits::Entity>()
            .entity::<password_resets::Entity>()
            .entity::<rate_limits::Entity>()
            .entity::<security_events::Entity>()
            .entity::<sessions::Entity>()
            .entity::<signing_keys::Entity>()
            .entity::<tokens::Entity>()
            .entity::<two_factor::Entity>()
            .faults(env!("CARGO_MANIFEST_DIR"))
            .expect("read");
        assert!(faults.is_empty(), "{faults:#?}");
    }

    /// The plan of a list, as SQLite makes it.
    async fn plan_of<E: sea_orm::EntityTrait>(db: &impl ConnectionTrait, select: sea_orm::Select<E>) -> Vec<String> {
        let query = sea_orm::QueryTrait::build(&select, sea_orm::DbBackend::Sqlite);
        let values = query.values.map(|values| values.0).unwrap_or_default();
        let sql = format!("EXPLAIN QUERY PLAN {}", query.sql);
        let rows = db.query_all_raw(statement(db, &sql, values)).await.expect("explained");
        rows.iter().map(|row| row.try_get("", "detail").expect("a detail")).collect()
    }

    #[tokio::test]
    async fn each_filter_of_attempts_is_served_by_an_index_and_nothing_is_sorted() {
        use login_attempts::{Filter, LoginAttemptStatus};
        let test = Infra::for_test(ServiceName::Auth, crate::MIGRATIONS).await;
        let db = test.infra.db.read();
        let word = || Some("word".to_owned());
        let (id, now) = (Some(Uuid::nil()), Some(test.infra.clock.now()));
        let (status, reason) = (Some(LoginAttemptStatus::Failed), Some("word"));
        let filter = Filter::default;
        for (index, filter) in [
            ("login_attempts_user (user_id=?", Filter { user_id: id, ..filter() }),
            ("login_attempts_user_status (user_id=? AND status=?", Filter { user_id: id, status, ..filter() }),
            ("login_attempts_user (user_id=?", Filter { user_id: id, method: word(), reason, ..filter() }),
            ("login_attempts_user (user_id=?", Filter { user_id: id, place: word(), ..filter() }),
            ("login_attempts_address (ip_address=?", Filter { place: word(), ..filter() }),
            ("login_attempts_address (ip_address=?", Filter { place: word(), status, method: word(), ..filter() }),
            ("login_attempts_address (ip_address=?", Filter { place: word(), reason, method: word(), ..filter() }),
            ("login_attempts_status (status=?", Filter { status, ..filter() }),
            ("login_attempts_method (method=?", Filter { method: word(), ..filter() }),
            ("login_attempts_reason (failure_reason=?", Filter { reason, ..filter() }),
            ("login_attempts_status_method (status=? AND method=?", Filter { status, method: word(), ..filter() }),
            (
                "login_attempts_reason_method (failure_reason=? AND method=?",
                Filter { reason, method: word(), ..filter() },
            ),
        ] {
            for (since, before) in [(None, None), (now, None), (None, id)] {
                let filter = Filter {
                    user_id: filter.user_id,
                    status: filter.status,
                    reason: filter.reason,
                    method: filter.method.clone(),
                    place: filter.place.clone(),
                    since,
                    until: None,
                    before,
                };
                let plan = plan_of(db, login_attempts::select(filter, 50)).await;
                assert_eq!(plan.len(), 1, "{index}: {plan:?}");
                assert!(
                    plan[0].starts_with(&format!("SEARCH login_attempts USING INDEX {index}")),
                    "{index}: {plan:?}"
                );
            }
        }
    }

    #[tokio::test]
    async fn each_filter_of_security_events_is_served_by_an_index_and_nothing_is_sorted() {
        use security_events::Filter;
        let test = Infra::for_test(ServiceName::Auth, crate::MIGRATIONS).await;
        let db = test.infra.db.read();
        let kind = || Some("word".to_owned());
        let (id, now, severity) = (Some(Uuid::nil()), Some(test.infra.clock.now()), Some("low"));
        let filter = Filter::default;
        for (index, filter) in [
            ("security_events_newest (user_id=?", Filter { user_id: id, ..filter() }),
            ("security_events_newest (user_id=?", Filter { user_id: id, event_type: kind(), ..filter() }),
            ("security_events_newest (user_id=?", Filter { user_id: id, severity, ..filter() }),
            ("security_events_newest (user_id=?", Filter { user_id: id, severity, event_type: kind(), ..filter() }),
            ("security_events_type (event_type=?", Filter { event_type: kind(), ..filter() }),
            ("security_events_severity (severity=?", Filter { severity, ..filter() }),
            (
                "security_events_type_severity (event_type=? AND severity=?",
                Filter { event_type: kind(), severity, ..filter() },
            ),
        ] {
            for (since, before) in [(None, None), (now, None), (None, id)] {
                let event_type = filter.event_type.clone();
                let filter = Filter {
                    user_id: filter.user_id,
                    event_type,
                    severity: filter.severity,
                    since,
                    until: None,
                    before,
                };
                let plan = plan_of(db, security_events::select(filter, 50)).await;
                assert_eq!(plan.len(), 1, "{index}: {plan:?}");
                assert!(
                    plan[0].starts_with(&format!("SEARCH security_events USING INDEX {index}")),
                    "{index}: {plan:?}"
                );
            }
        }
    }

    /// What signing in and refreshing ask, as SQLite does it.
    #[tokio::test]
    async fn no_question_of_the_busy_paths_reads_a_whole_table() {
        let test = Infra::for_test(ServiceName::Auth, crate::MIGRATIONS).await;
        let db = test.infra.db.read();
        for question in [
            "auth_tokens WHERE token_hash = 'x' AND type = 'refresh'",
            "auth_tokens WHERE rotated_from_id = x''",
            "auth_tokens WHERE session_id = x'' AND status IN ('active', 'used')",
            "auth_tokens WHERE user_id = x'' AND type = 'email_verification' AND status = 'active'",
            "sessions WHERE user_id = x'' AND ended_at IS NULL ORDER BY idle_expires_at",
            "sessions WHERE user_id = x'' AND place = 'x'",
            "login_attempts WHERE identifier_mac IN ('x', 'y') AND ip_address = 'x' AND status = 'success'",
            "account_identifiers WHERE kind = 'email' AND value = 'x'",
            "account_identifiers WHERE user_id = x'' AND kind = 'email'",
            "session_blacklist WHERE sequence > 1 ORDER BY sequence LIMIT 1001",
            "session_blacklist WHERE subject = x''",
            "devices WHERE user_id = x'' ORDER BY signed_in_at DESC, id DESC",
            "oauth_providers WHERE issuer = 'x' AND subject = 'x'",
            "oauth_providers WHERE user_id = x'' ORDER BY created_at",
            "provider_visits WHERE state_hash = 'x'",
            "passkeys WHERE user_id = x''",
            "passkeys WHERE credential_id = 'x'",
            "login_attempts WHERE user_id = x'' AND id < x'' ORDER BY id DESC",
            "login_attempts WHERE user_id = x'' AND status = 'success'",
            "login_attempts WHERE status = 'failed' AND id < x'' ORDER BY id DESC",
            "security_events WHERE user_id = x'' AND id < x'' ORDER BY id DESC",
            "security_events WHERE event_type = 'x' AND id < x'' ORDER BY id DESC",
            "security_events WHERE severity = 'x' AND id < x'' ORDER BY id DESC",
            "rate_limits WHERE id > x'' ORDER BY id DESC",
            "rate_limits WHERE key = 'x'",
            "rate_limits WHERE reset_at < 'x' LIMIT 1000",
            "rate_limits WHERE key >= 'x' AND key < 'y'",
            "password_resets WHERE token_hash = 'x'",
            "password_resets WHERE user_id = x'' AND used_at IS NULL",
            "two_factor_backup_codes WHERE user_id = x'' AND hint = 'x' AND used_at IS NULL",
        ] {
            let sql = format!("EXPLAIN QUERY PLAN SELECT * FROM {question}");
            let rows = db.query_all_raw(statement(db, &sql, [])).await.expect(question);
            let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").expect("a plan")).collect();
            assert!(plan[0].starts_with("SEARCH"), "{question}: {plan:?}");
        }
        // Of one who signed in often, only the sessions that were not ended are read.
        let open = "EXPLAIN QUERY PLAN SELECT * FROM sessions WHERE user_id = x'' AND ended_at IS NULL";
        let plan: String = db
            .query_one_raw(statement(db, open, []))
            .await
            .expect("a plan")
            .expect("a step")
            .try_get("", "detail")
            .expect("a text");
        assert!(plan.contains("user_id=? AND ended_at=?"), "{plan}");
    }
}
