//! Codes by which a product begins the session of a sign-in on ORION's own pages.

use orion_infra::db::schema::{
    Schema, string_len, string_len_null, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
    uuid, uuid_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("flows", string_len_null("code_challenge", 43));
    schema.table(
        "sign_in_codes",
        [
            uuid("id").primary_key(),
            string_len("code_hash", 64).unique_key(),
            string_len("code_challenge", 43),
            uuid("user_id"),
            text("amr"),
            text_null("ip_address"),
            text_null("user_agent"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("expires_at"),
            timestamp_with_time_zone_null("used_at"),
            uuid_null("session_id"),
        ],
    );
    schema.index("sign_in_codes_age", "sign_in_codes", &["expires_at"]);
}
