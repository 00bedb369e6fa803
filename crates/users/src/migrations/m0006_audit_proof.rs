//! From where something was done, what was redacted, and checkpoints of the chain that were signed.

use orion_infra::db::schema::{
    Schema, big_integer, string_len_null, text, timestamp_with_time_zone, timestamp_with_time_zone_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("audit_log", string_len_null("ip_address", 64));
    schema.add_column("audit_log", timestamp_with_time_zone_null("redacted_at"));
    schema.add_column("audit_log", string_len_null("redaction", 73));
    schema.add_column("audit_chain", big_integer("redacted").default(0));
    // Those of before found the newest link of a kind, and not the newest of a time.
    for (name, columns) in [
        ("audit_log_principal", &["principal_id", "position"][..]),
        ("audit_log_actor", &["actor_id", "position"]),
        ("audit_log_organisation", &["organisation_id", "position"]),
        ("audit_log_action", &["action", "position"]),
        ("audit_log_resource", &["resource", "position"]),
        ("audit_log_object", &["resource", "resource_id", "position"]),
    ] {
        schema.drop_index(name, "audit_log", columns);
    }
    // One for each filter, newest first.
    for (name, columns) in [
        ("audit_log_principal", &["principal_id", "occurred_at", "position"][..]),
        ("audit_log_actor", &["actor_id", "occurred_at", "position"]),
        ("audit_log_organisation", &["organisation_id", "occurred_at", "position"]),
        ("audit_log_action", &["action", "occurred_at", "position"]),
        ("audit_log_resource", &["resource", "occurred_at", "position"]),
        ("audit_log_object", &["resource", "resource_id", "occurred_at", "position"]),
        ("audit_log_service", &["service", "occurred_at", "position"]),
        ("audit_log_ip_address", &["ip_address", "occurred_at", "position"]),
        ("audit_log_success", &["success", "occurred_at", "position"]),
        ("audit_log_resource_id", &["resource_id", "occurred_at", "position"]),
    ] {
        schema.index(name, "audit_log", columns);
    }
    schema.table(
        "audit_checkpoints",
        [big_integer("position").primary_key(), timestamp_with_time_zone("taken_at"), text("token")],
    );
}
