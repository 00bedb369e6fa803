//! Templates: a row per version in one locale for one channel.

use orion_infra::db::schema::{
    Expr, Schema, big_integer, big_integer_null, boolean, json, string_len, string_len_null, text, text_null,
    timestamp_with_time_zone, uuid,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "templates",
        [
            uuid("id").primary_key(),
            string_len("name", 100),
            string_len("channel", 16),
            string_len("locale", 10),
            big_integer("version"),
            // Which version of the program's own text it is; null for what somebody wrote here.
            big_integer_null("shipped_version"),
            string_len("display_name", 255),
            string_len("category", 16),
            string_len_null("subject", 500),
            text("body"),
            text_null("html_body"),
            json("variables"),
            boolean("is_published"),
            timestamp_with_time_zone("created_at"),
        ],
    );
    schema.unique("templates_version", "templates", &["name", "channel", "locale", "version"]);
    schema.unique("templates_shipped", "templates", &["name", "channel", "locale", "shipped_version"]);
    // One version is in use; the database itself sees to it.
    schema.unique_where("templates_published", "templates", &["name", "channel", "locale"], Expr::col("is_published"));
}
