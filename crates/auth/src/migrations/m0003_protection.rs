//! What protects sign-in: attempts, throttles, security events.

use orion_infra::db::schema::{
    Schema, big_integer, boolean, string_len, string_len_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "login_attempts",
        [
            uuid("id").primary_key(),
            uuid_null("user_id"),
            string_len("identifier_mac", 73),
            string_len("status", 16),
            string_len("method", 50),
            string_len_null("ip_address", 45),
            text_null("user_agent"),
            string_len_null("failure_reason", 255),
            timestamp_with_time_zone("attempted_at"),
        ],
    );
    schema.index("login_attempts_place", "login_attempts", &["identifier_mac", "ip_address", "status"]);
    schema.index("login_attempts_age", "login_attempts", &["attempted_at"]);
    schema.table(
        "rate_limits",
        [
            string_len("key", 255).primary_key(),
            string_len("key_type", 50),
            string_len("endpoint", 255),
            big_integer("count"),
            timestamp_with_time_zone_null("blocked_until"),
            timestamp_with_time_zone("reset_at"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
        ],
    );
    schema.index("rate_limits_age", "rate_limits", &["reset_at"]);
    schema.table(
        "security_events",
        [
            uuid("id").primary_key(),
            uuid_null("user_id"),
            uuid_null("session_id"),
            string_len("event_type", 100),
            string_len("event_category", 50),
            string_len("severity", 20),
            string_len("title", 255),
            text("details"),
            string_len_null("ip_address", 45),
            text_null("user_agent"),
            boolean("was_blocked"),
            timestamp_with_time_zone("occurred_at"),
        ],
    );
    schema.index("security_events_user", "security_events", &["user_id"]);
    schema.index("security_events_age", "security_events", &["occurred_at"]);
}
