//! API keys: hashes of their secrets, and what limits them. And service accounts, which are users without an account in auth, so that
//! all that is given to users can be given to them.

use orion_infra::db::schema::{
    Schema, big_integer, big_integer_null, boolean, string_len, string_len_null, text, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "api_keys",
        [
            uuid("id").primary_key(),
            uuid("user_id").belongs_to("users"),
            string_len("name", 255),
            string_len("prefix", 20),
            // SHA-256 in hex, of the secret and of the one before it.
            string_len("key_hash", 64).unique_key(),
            string_len_null("previous_hash", 64),
            timestamp_with_time_zone_null("previous_until"),
            // JSON: names of permissions.
            text("scopes"),
            uuid_null("organisation_id"),
            big_integer_null("rate_limit"),
            timestamp_with_time_zone_null("expires_at"),
            timestamp_with_time_zone_null("last_used_at"),
            big_integer("usage_count"),
            uuid("created_by"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
            timestamp_with_time_zone_null("revoked_at"),
            big_integer("version"),
        ],
    );
    schema.add_column("users", boolean("is_service_account").default(false));
    schema.table(
        "service_accounts",
        [
            uuid("id").primary_key().belongs_to("users"),
            string_len("name", 200),
            text_null("description"),
            uuid_null("organisation_id"),
            boolean("is_active"),
            uuid("created_by"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
            timestamp_with_time_zone_null("deleted_at"),
            big_integer("version"),
        ],
    );
    schema.index("api_keys_user", "api_keys", &["user_id", "id"]);
    schema.unique("api_keys_previous", "api_keys", &["previous_hash"]);
    schema.index("api_keys_revoked", "api_keys", &["revoked_at"]);
}
