//! What lists of attempts and security events are narrowed by. Those of several columns are for two filters at once of which
//! neither alone leaves few rows.

use orion_infra::db::schema::Schema;

pub(super) fn up(schema: &mut Schema) {
    schema.index("login_attempts_method", "login_attempts", &["method", "id"]);
    schema.index("login_attempts_reason", "login_attempts", &["failure_reason", "id"]);
    schema.index("login_attempts_address", "login_attempts", &["ip_address", "id"]);
    schema.index("login_attempts_status_method", "login_attempts", &["status", "method", "id"]);
    schema.index("login_attempts_reason_method", "login_attempts", &["failure_reason", "method", "id"]);
    schema.index("security_events_type_severity", "security_events", &["event_type", "severity", "id"]);
}
