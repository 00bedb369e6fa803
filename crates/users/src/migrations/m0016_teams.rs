//! Teams: some of an organisation's members.

use orion_infra::db::schema::{Schema, big_integer, string_len, text_null, timestamp_with_time_zone, uuid};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "teams",
        [
            uuid("id").primary_key(),
            uuid("organisation_id").belongs_to("organisations"),
            string_len("name", 200),
            // The name as lists are sorted by it.
            string_len("name_key", 200),
            text_null("description"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
            big_integer("version"),
        ],
    );
    schema.bytewise("teams", "name_key", 200);
    schema.unique("teams_name", "teams", &["organisation_id", "name_key"]);
    schema.table(
        "team_members",
        [
            uuid("team_id").primary_key().belongs_to("teams"),
            uuid("user_id").primary_key().belongs_to("users"),
            timestamp_with_time_zone("added_at"),
        ],
    );
    schema.index("team_members_user", "team_members", &["user_id", "team_id"]);
}
