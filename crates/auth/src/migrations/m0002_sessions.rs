//! Sessions, their tokens, and what was revoked.

use orion_infra::db::schema::{
    Schema, big_integer, big_integer_null, string_len, string_len_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "sessions",
        [
            uuid("id").primary_key(),
            uuid("user_id"),
            text("amr"),
            string_len_null("ip_address", 45),
            string_len_null("place", 45),
            text_null("user_agent"),
            timestamp_with_time_zone("started_at"),
            timestamp_with_time_zone("auth_time"),
            timestamp_with_time_zone("idle_expires_at"),
            timestamp_with_time_zone("absolute_expires_at"),
            timestamp_with_time_zone_null("ended_at"),
            string_len_null("end_reason", 32),
        ],
    );
    // Of one who signs in often there are many that have ended.
    schema.index("sessions_user", "sessions", &["user_id", "ended_at"]);
    schema.index("sessions_place", "sessions", &["user_id", "place"]);
    schema.index("sessions_age", "sessions", &["idle_expires_at"]);
    schema.table(
        "auth_tokens",
        [
            uuid("id").primary_key(),
            uuid_null("session_id"),
            uuid("user_id"),
            string_len("token_hash", 64).unique_key(),
            string_len("type", 32),
            string_len("status", 16),
            uuid_null("parent_token_id"),
            uuid_null("rotated_from_id"),
            text_null("successor_sealed"),
            timestamp_with_time_zone_null("grace_until"),
            string_len_null("ip_address", 45),
            text_null("user_agent"),
            timestamp_with_time_zone("issued_at"),
            timestamp_with_time_zone("expires_at"),
            timestamp_with_time_zone_null("last_used_at"),
            timestamp_with_time_zone_null("revoked_at"),
        ],
    );
    schema.index("auth_tokens_session", "auth_tokens", &["session_id"]);
    schema.index("auth_tokens_user", "auth_tokens", &["user_id"]);
    schema.index("auth_tokens_age", "auth_tokens", &["expires_at"]);
    // Each repetition of a used token asks for its successor.
    schema.index("auth_tokens_rotation", "auth_tokens", &["rotated_from_id"]);
    schema.table(
        "session_blacklist",
        [
            big_integer("sequence").primary_key(),
            string_len("kind", 8),
            uuid("subject"),
            big_integer_null("issued_before"),
            string_len("reason", 255),
            timestamp_with_time_zone("revoked_at"),
            timestamp_with_time_zone("expires_at"),
        ],
    );
    schema.index("session_blacklist_age", "session_blacklist", &["expires_at"]);
    schema.counter("blacklist_sequence", "last");
}
