//! Links by which a password is chosen anew.

use orion_infra::db::schema::{
    Schema, big_integer, string_len, string_len_null, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "password_resets",
        [
            uuid("id").primary_key(),
            uuid("user_id"),
            string_len("token_hash", 64).unique_key(),
            string_len_null("ip_address", 45),
            text_null("user_agent"),
            big_integer("attempts_count"),
            big_integer("max_attempts"),
            timestamp_with_time_zone("requested_at"),
            timestamp_with_time_zone("expires_at"),
            timestamp_with_time_zone_null("used_at"),
        ],
    );
    schema.index("password_resets_user", "password_resets", &["user_id"]);
    schema.index("password_resets_age", "password_resets", &["expires_at"]);
}
