//! From where something was done, what was redacted, and checkpoints of the chain that were signed.

use orion_infra::db::schema::{
    Schema, big_integer, string_len_null, text, timestamp_with_time_zone, timestamp_with_time_zone_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("audit_log", string_len_null("ip_address", 64));
    schema.add_column("audit_log", timestamp_with_time_zone_null("redacted_at"));
    schema.add_column("audit_log", string_len_null("redaction", 73));
    schema.add_column("audit_chain", big_integer("redacted").default(0));
    // One for each filter that is new, newest first.
    schema.index("audit_log_service", "audit_log", &["service", "position"]);
    schema.index("audit_log_ip_address", "audit_log", &["ip_address", "position"]);
    schema.index("audit_log_success", "audit_log", &["success", "position"]);
    schema.index("audit_log_resource_id", "audit_log", &["resource_id", "position"]);
    schema.table(
        "audit_checkpoints",
        [big_integer("position").primary_key(), timestamp_with_time_zone("taken_at"), text("token")],
    );
}
