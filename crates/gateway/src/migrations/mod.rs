//! The gateway's tables.

use orion_infra::db::schema::{
    Migration, Schema, big_integer, big_integer_null, string_len, string_len_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid_null,
};

/// All migrations, oldest first.
pub(crate) fn all() -> Vec<Migration> {
    vec![Migration::new("0001_document", document)]
}

/// The document of routes. A row is one thing from the version that wrote it to the version that took it away, so that a
/// change of one among ten thousand writes one row, and every version can be read again.
fn document(schema: &mut Schema) {
    schema.counter("gateway_version", "last");
    schema.table(
        "gateway_versions",
        [
            big_integer("version").primary_key(),
            string_len_null("reason", 500),
            big_integer_null("restored"),
            big_integer("changed"),
            // The first of what it changed, a JSON list of texts.
            text("summary"),
            uuid_null("changed_by"),
            timestamp_with_time_zone("changed_at"),
        ],
    );
    schema.index("gateway_versions_age", "gateway_versions", &["changed_at"]);
    schema.table(
        "gateway_items",
        [
            string_len("kind", 16).primary_key(),
            string_len("name", 64).primary_key(),
            big_integer("since").primary_key(),
            // The version that replaced or removed it; none while it stands.
            big_integer_null("until"),
            text("definition"),
            uuid_null("changed_by"),
            timestamp_with_time_zone("changed_at"),
            timestamp_with_time_zone_null("ended_at"),
        ],
    );
    schema.index("gateway_items_since", "gateway_items", &["since"]);
    schema.index("gateway_items_until", "gateway_items", &["until"]);
    schema.index("gateway_items_ended", "gateway_items", &["ended_at"]);
}
