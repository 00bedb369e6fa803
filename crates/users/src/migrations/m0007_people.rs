//! All of a profile, what lists of users are narrowed and sorted by, and invitations.

use orion_infra::db::schema::{
    Schema, big_integer, boolean, string_len, string_len_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("users", string_len_null("phone", 20));
    schema.add_column("users", string_len_null("location", 100));
    schema.add_column("users", string_len_null("website", 500));
    schema.add_column("users", text("social_links").default("{}"));
    schema.add_column("users", text("tags").default("[]"));
    schema.add_column("users", text("metadata").default("{}"));
    schema.add_column("users", boolean("has_second_factor").default(false));
    schema.add_column("users", timestamp_with_time_zone_null("second_factor_at"));
    schema.add_column("users", big_integer("last_login_key").default(0_i64));
    schema.add_column("users", string_len("name_key", 200).default(""));
    schema.bytewise("users", "name_key", 200);
    schema.bytewise("users", "email", 255);
    // One for each sort. The address has its own, for it stands once.
    schema.index("users_created", "users", &["created_at", "id"]);
    schema.index("users_last_login", "users", &["last_login_key", "id"]);
    schema.index("users_name", "users", &["name_key", "id"]);
    // And for what few have.
    schema.index("users_unverified", "users", &["email_verified_at", "created_at", "id"]);
    schema.index("users_second_factor", "users", &["has_second_factor", "created_at", "id"]);
    // A word that many have is asked of each user in turn.
    schema.index("user_search_terms_of", "user_search_terms", &["user_id", "term"]);
    schema.table("user_tags", [string_len("tag", 50).primary_key(), uuid("user_id").primary_key().belongs_to("users")]);
    schema.bytewise("user_tags", "tag", 50);
    schema.index("user_tags_user", "user_tags", &["user_id"]);
    schema.table(
        "invitations",
        [
            uuid("user_id").primary_key().belongs_to("users"),
            // JSON: names of roles.
            text("roles"),
            uuid("invited_by"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone_null("sent_at"),
            timestamp_with_time_zone_null("expires_at"),
            timestamp_with_time_zone_null("withdrawn_at"),
            timestamp_with_time_zone_null("accepted_at"),
        ],
    );
}
