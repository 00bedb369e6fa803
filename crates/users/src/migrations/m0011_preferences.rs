//! What users prefer.

use orion_infra::db::schema::{Schema, big_integer, text, timestamp_with_time_zone, uuid};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "user_preferences",
        [
            uuid("user_id").primary_key().belongs_to("users"),
            // JSON: objects.
            text("display").default("{}"),
            text("privacy").default("{}"),
            text("accessibility").default("{}"),
            text("communication").default("{}"),
            text("notifications").default("{}"),
            text("security").default("{}"),
            text("custom").default("{}"),
            big_integer("version"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
        ],
    );
}
