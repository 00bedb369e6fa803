//! Changes of addresses, which wait until both have confirmed them.

use orion_infra::db::schema::{
    Schema, string_len, string_len_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "email_changes",
        [
            uuid("id").primary_key(),
            uuid("user_id").belongs_to("users"),
            string_len("current_email", 255),
            string_len("new_email", 255),
            // SHA-256 in hex, of the token of each mail.
            string_len("current_token_hash", 64).unique_key(),
            string_len("new_token_hash", 64).unique_key(),
            timestamp_with_time_zone_null("current_confirmed_at"),
            timestamp_with_time_zone_null("new_confirmed_at"),
            uuid("requested_by"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("expires_at"),
            timestamp_with_time_zone_null("ended_at"),
            // What became of it; none while it waits.
            string_len_null("outcome", 20),
        ],
    );
    schema.index("email_changes_user", "email_changes", &["user_id", "created_at"]);
    schema.index("email_changes_address", "email_changes", &["new_email", "created_at"]);
    schema.index("email_changes_age", "email_changes", &["expires_at"]);
}
