//! The admin service's tables.

use orion_infra::db::schema::{
    Migration, Schema, big_integer, string_len, string_len_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

/// All migrations, oldest first.
pub(crate) fn all() -> Vec<Migration> {
    vec![Migration::new("0001_console", console), Migration::new("0002_acting", acting)]
}

/// As whom a console session acts, while it does.
fn acting(schema: &mut Schema) {
    schema.add_column("console_sessions", text_null("acting_token"));
    schema.add_column("console_sessions", string_len_null("acting_email", 254));
    schema.add_column("console_sessions", string_len_null("acting_display_name", 200));
    schema.add_column("console_sessions", text_null("acting_reason"));
}

fn console(schema: &mut Schema) {
    schema.table(
        "console_sessions",
        [
            string_len("id_hash", 64).primary_key(),
            uuid("user_id"),
            uuid("session_id"),
            string_len("email", 254),
            string_len_null("display_name", 200),
            text("access_token"),
            text("refresh_token"),
            big_integer("token_generation").default(0_i64),
            timestamp_with_time_zone("access_expires_at"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("last_seen_at"),
            timestamp_with_time_zone("idle_expires_at"),
            timestamp_with_time_zone("expires_at"),
            text_null("user_agent"),
            string_len_null("ip_address", 45),
        ],
    );
    schema.index("console_sessions_end", "console_sessions", &["expires_at"]);
    // The newest link of each purpose, and for ever the fact that it was used.
    schema.table(
        "one_time_links",
        [
            string_len("purpose", 16).primary_key(),
            string_len("token_hash", 64),
            uuid("user_id"),
            string_len_null("email", 254),
            timestamp_with_time_zone("expires_at"),
            // Whose turn with the link it is, and until when nobody else gets one.
            uuid_null("claim"),
            timestamp_with_time_zone_null("claimed_until"),
            timestamp_with_time_zone_null("used_at"),
        ],
    );
    schema.table(
        "event_log",
        [
            uuid("event_id").primary_key(),
            big_integer("sequence").unique_key(),
            string_len("source", 32),
            string_len("name", 100),
            timestamp_with_time_zone("occurred_at"),
            timestamp_with_time_zone("logged_at"),
            text("event"),
        ],
    );
    schema.index("event_log_age", "event_log", &["logged_at"]);
    schema.counter("event_sequence", "last");
    // What stands over the values with which processes started, and every change of it.
    schema.table(
        "settings",
        [
            string_len("key", 200).primary_key(),
            text_null("value"),
            big_integer("version"),
            uuid_null("changed_by"),
            timestamp_with_time_zone("changed_at"),
        ],
    );
    schema.table(
        "setting_changes",
        [
            big_integer("version").primary_key(),
            string_len("key", 200),
            text_null("before"),
            text_null("after"),
            string_len_null("reason", 500),
            uuid_null("changed_by"),
            timestamp_with_time_zone("changed_at"),
        ],
    );
    schema.index("setting_changes_key", "setting_changes", &["key", "version"]);
    schema.counter("settings_version", "last");
}
