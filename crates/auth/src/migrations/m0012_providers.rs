//! Identities of people at providers, and visits there that are under way.

use orion_infra::db::schema::{
    Schema, boolean, string_len, string_len_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "oauth_providers",
        [
            uuid("id").primary_key(),
            uuid("user_id"),
            string_len("provider", 32),
            string_len("issuer", 500),
            string_len("subject", 255),
            string_len_null("email", 320),
            text_null("tokens_sealed"),
            boolean("is_primary"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
            timestamp_with_time_zone_null("last_used_at"),
        ],
    );
    schema.unique("oauth_providers_identity", "oauth_providers", &["issuer", "subject"]);
    schema.index("oauth_providers_user", "oauth_providers", &["user_id"]);
    schema.table(
        "provider_visits",
        [
            uuid("id").primary_key(),
            string_len("state_hash", 64).unique_key(),
            string_len("browser_hash", 64),
            string_len("provider", 32),
            // Who wants to link what they prove there; none where somebody signs in.
            uuid_null("user_id"),
            text("sealed"),
            text("query"),
            string_len_null("name", 200),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("expires_at"),
            timestamp_with_time_zone_null("used_at"),
        ],
    );
    schema.index("provider_visits_age", "provider_visits", &["expires_at"]);
}
