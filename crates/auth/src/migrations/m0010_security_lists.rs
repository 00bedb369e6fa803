//! What lists of attempts, throttles and security events are found by. Their ids rise with time, so a span of time is a span
//! of ids.

use orion_infra::db::schema::{Schema, uuid_null};

pub(super) fn up(schema: &mut Schema) {
    schema.index("login_attempts_user", "login_attempts", &["user_id", "id"]);
    schema.index("login_attempts_user_status", "login_attempts", &["user_id", "status", "id"]);
    schema.index("login_attempts_status", "login_attempts", &["status", "id"]);
    schema.index("security_events_newest", "security_events", &["user_id", "id"]);
    schema.index("security_events_type", "security_events", &["event_type", "id"]);
    schema.index("security_events_severity", "security_events", &["severity", "id"]);
    schema.add_column("rate_limits", uuid_null("id"));
    schema.add_column("rate_limits", uuid_null("user_id"));
    schema.unique("rate_limits_id", "rate_limits", &["id"]);
}
