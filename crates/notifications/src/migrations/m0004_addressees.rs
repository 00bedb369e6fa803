//! Where those stand who are written to, as far as something has changed with them.

use orion_infra::db::schema::{Schema, big_integer, big_integer_null, string_len, timestamp_with_time_zone, uuid};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "addressees",
        [
            uuid("user_id").primary_key(),
            string_len("status", 32),
            // The user's version with which they came to it: events come out of order.
            big_integer("version"),
            // That of the last invitation that was mailed, and that of the last withdrawal.
            big_integer_null("invited_version"),
            big_integer_null("withdrawn_version"),
            timestamp_with_time_zone("changed_at"),
        ],
    );
    schema.index("addressees_age", "addressees", &["changed_at"]);
}
