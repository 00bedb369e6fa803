//! Users, how they are found, and the verification of their e-mail addresses.

use orion_infra::db::schema::{
    Schema, big_integer, blob, string_len, string_len_null, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "users",
        [
            uuid("id").primary_key(),
            string_len("email", 255).unique_key(),
            string_len_null("username", 100).unique_key(),
            string_len_null("first_name", 100),
            string_len_null("last_name", 100),
            string_len_null("display_name", 200),
            text_null("bio"),
            string_len("timezone", 50),
            string_len("locale", 10),
            string_len("status", 32),
            timestamp_with_time_zone_null("email_verified_at"),
            timestamp_with_time_zone_null("last_login_at"),
            string_len_null("last_login_ip", 45),
            big_integer("login_count").default(0_i64),
            big_integer("version"),
            big_integer("grants_version"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
        ],
    );
    schema.index("users_status", "users", &["status", "id"]);
    // Those who never verified are looked for by their age.
    schema.index("users_age", "users", &["status", "created_at", "id"]);
    // Terms are bytes: both databases then compare them byte by byte, whatever their collation, and a prefix is a
    // range of the primary key.
    schema.table("user_search_terms", [blob("term").primary_key(), uuid("user_id").primary_key().belongs_to("users")]);
    schema.index("user_search_terms_user", "user_search_terms", &["user_id"]);
    schema.table(
        "email_verifications",
        [
            uuid("id").primary_key(),
            uuid("user_id").belongs_to("users"),
            string_len("email", 255),
            string_len("token_hash", 64).unique_key(),
            timestamp_with_time_zone("expires_at"),
            timestamp_with_time_zone_null("used_at"),
            timestamp_with_time_zone("created_at"),
        ],
    );
    schema.index("email_verifications_user", "email_verifications", &["user_id"]);
    schema.index("email_verifications_age", "email_verifications", &["expires_at"]);
}
