//! Pictures of people: which one is shown, and what is kept where files are.

use orion_infra::db::schema::{
    Schema, string_len, string_len_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("users", string_len_null("avatar", 255));
    schema.table(
        "avatars",
        [
            // Of the file.
            string_len("name", 255).primary_key(),
            timestamp_with_time_zone("created_at"),
            // From then on the file may go: nobody shows it, or not yet.
            timestamp_with_time_zone_null("doomed_at"),
        ],
    );
    schema.index("avatars_doomed", "avatars", &["doomed_at"]);
}
