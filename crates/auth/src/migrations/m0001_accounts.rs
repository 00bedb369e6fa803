//! Who may sign in, and with what.

use orion_infra::db::schema::{
    Schema, big_integer, boolean, string_len, string_len_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "accounts",
        [
            uuid("user_id").primary_key(),
            string_len("status", 32),
            text("role_names"),
            string_len_null("display_name", 200),
            string_len("locale", 10),
            big_integer("version"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
        ],
    );
    schema.index("accounts_age", "accounts", &["status", "updated_at"]);
    schema.table(
        "account_identifiers",
        [
            string_len("kind", 16).primary_key(),
            text("value").primary_key(),
            uuid("user_id"),
            timestamp_with_time_zone_null("verified_at"),
            timestamp_with_time_zone("created_at"),
        ],
    );
    schema.index("account_identifiers_user", "account_identifiers", &["user_id"]);
    schema.table(
        "credentials",
        [
            uuid("user_id").primary_key(),
            text("password_hash"),
            boolean("must_change"),
            boolean("suits_alone"),
            timestamp_with_time_zone("changed_at"),
        ],
    );
}
