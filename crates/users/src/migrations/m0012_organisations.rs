//! Organisations, who belongs to each, and who is invited. What their members hold inside stands in `user_roles`.

use orion_infra::db::schema::{
    Schema, big_integer, string_len, string_len_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "organisations",
        [
            uuid("id").primary_key(),
            string_len("name", 200),
            // The name as lists are sorted by it.
            string_len("name_key", 200),
            // None of one that was deleted: another may be called so then.
            string_len_null("slug", 63).unique_key(),
            text_null("description"),
            uuid("created_by"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
            timestamp_with_time_zone_null("deleted_at"),
            big_integer("version"),
        ],
    );
    // Both databases then compare names byte by byte.
    schema.bytewise("organisations", "name_key", 200);
    schema.index("organisations_name", "organisations", &["name_key", "id"]);
    schema.index("organisations_deleted", "organisations", &["deleted_at"]);
    schema.table(
        "organisation_members",
        [
            uuid("organisation_id").primary_key().belongs_to("organisations"),
            uuid("user_id").primary_key().belongs_to("users"),
            uuid_null("invited_by"),
            timestamp_with_time_zone("joined_at"),
        ],
    );
    schema.index("organisation_members_user", "organisation_members", &["user_id", "organisation_id"]);
    schema.table(
        "organisation_invitations",
        [
            uuid("id").primary_key(),
            uuid("organisation_id").belongs_to("organisations"),
            uuid("user_id").belongs_to("users"),
            // As it was invited; theirs may be another one by now.
            string_len("email", 255),
            // JSON: names of roles.
            text("roles"),
            uuid("invited_by"),
            // Whose link was mailed with it, where they had none yet to sign in by.
            uuid_null("verification_id"),
            timestamp_with_time_zone("sent_at"),
            timestamp_with_time_zone("expires_at"),
        ],
    );
    schema.unique("organisation_invitations_once", "organisation_invitations", &["organisation_id", "user_id"]);
    schema.index("organisation_invitations_user", "organisation_invitations", &["user_id"]);
    schema.index("organisation_invitations_age", "organisation_invitations", &["expires_at"]);
    // Who holds a role inside.
    schema.index("user_roles_inside", "user_roles", &["organisation_id", "user_id"]);
}
