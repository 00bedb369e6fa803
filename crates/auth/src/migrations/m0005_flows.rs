//! Sign-ins that take more than one step.

use orion_infra::db::schema::{
    Schema, big_integer, string_len, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "flows",
        [
            uuid("id").primary_key(),
            string_len("token_hash", 64),
            string_len("purpose", 16),
            uuid_null("user_id"),
            uuid_null("session_id"),
            uuid_null("device_id"),
            text("factors"),
            text_null("state_sealed"),
            big_integer("tries"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("expires_at"),
            timestamp_with_time_zone_null("ended_at"),
        ],
    );
    schema.index("flows_age", "flows", &["expires_at"]);
}
