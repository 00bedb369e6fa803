//! The ledger: notifications, their ways out, and every attempt.

use orion_infra::db::schema::{
    Schema, big_integer, big_integer_null, json, json_null, string_len, string_len_null, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "notifications",
        [
            uuid("id").primary_key(),
            uuid_null("user_id"),
            string_len("kind", 100),
            string_len("priority", 16),
            string_len_null("template_name", 100),
            string_len_null("recipient_name", 255),
            string_len("status", 16),
            json("variables"),
            json_null("sealed_variables"),
            uuid_null("source_event_id"),
            big_integer("version"),
            timestamp_with_time_zone_null("read_at"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
        ],
    );
    // One event gives one notification of a kind, however often it is brought.
    schema.unique("notifications_source", "notifications", &["source_event_id", "kind"]);
    schema.index("notifications_user", "notifications", &["user_id", "id"]);
    schema.index("notifications_age", "notifications", &["created_at"]);
    schema.table(
        "deliveries",
        [
            uuid("id").primary_key(),
            uuid("notification_id").belongs_to("notifications"),
            string_len("channel", 16),
            string_len_null("provider", 100),
            string_len("recipient", 320),
            string_len("state", 16),
            uuid("template_id").references("templates"),
            text_null("subject"),
            text_null("content"),
            text_null("html_content"),
            big_integer("attempts"),
            timestamp_with_time_zone("queued_at"),
            timestamp_with_time_zone_null("next_attempt_at"),
            timestamp_with_time_zone_null("sent_at"),
            timestamp_with_time_zone_null("delivered_at"),
            timestamp_with_time_zone_null("failed_at"),
            string_len_null("error_code", 50),
            text_null("error_message"),
        ],
    );
    schema.index("deliveries_notification", "deliveries", &["notification_id"]);
    // How many somebody was sent lately.
    schema.index("deliveries_recipient", "deliveries", &["recipient", "queued_at"]);
    schema.table(
        "delivery_attempts",
        [
            uuid("id").primary_key(),
            uuid("delivery_id").belongs_to("deliveries"),
            big_integer("attempt_number"),
            string_len("status", 16),
            string_len("provider", 100),
            text_null("provider_id"),
            big_integer_null("response_time_ms"),
            string_len_null("error_code", 50),
            text_null("error_message"),
            timestamp_with_time_zone("attempted_at"),
            timestamp_with_time_zone_null("completed_at"),
        ],
    );
    schema.unique("delivery_attempts_number", "delivery_attempts", &["delivery_id", "attempt_number"]);
}
