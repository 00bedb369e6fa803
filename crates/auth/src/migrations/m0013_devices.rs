//! Devices: what people sign in from, and which session began where.

use orion_infra::db::schema::{
    Schema, big_integer, boolean, string_len, string_len_null, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "devices",
        [
            uuid("id").primary_key(),
            uuid("user_id"),
            string_len_null("name", 100),
            text_null("user_agent"),
            string_len("status", 24),
            timestamp_with_time_zone_null("trusted_until"),
            string_len_null("place", 45),
            big_integer("login_count"),
            timestamp_with_time_zone("first_seen_at"),
            timestamp_with_time_zone("signed_in_at"),
        ],
    );
    schema.index("devices_user", "devices", &["user_id", "signed_in_at"]);
    schema.index("devices_age", "devices", &["signed_in_at"]);
    schema.add_column("sessions", uuid_null("device_id"));
    schema.add_column("sessions", timestamp_with_time_zone_null("last_used_at"));
    schema.add_column("flows", boolean("is_trusting").default(false));
    schema.add_column("sign_in_codes", uuid_null("device_id"));
}
