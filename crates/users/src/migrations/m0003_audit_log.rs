//! The audit log: every service's entries in one chain, and the sealed row that says where it begins and ends.

use orion_infra::db::schema::{
    Schema, big_integer, boolean, string_len, string_len_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "audit_log",
        [
            big_integer("position").primary_key(),
            uuid("id").unique_key(),
            string_len("service", 32),
            timestamp_with_time_zone("occurred_at"),
            string_len("principal_kind", 255),
            string_len_null("principal_id", 255),
            uuid_null("actor_id"),
            uuid_null("organisation_id"),
            string_len("action", 255),
            string_len("resource", 255),
            string_len_null("resource_id", 255),
            string_len_null("request_id", 255),
            boolean("success"),
            text("entry"),
            string_len("payload_hmac", 73),
            string_len("previous_hash", 73),
            string_len("hash", 73),
            timestamp_with_time_zone("appended_at"),
        ],
    );
    // One for each filter of the list, newest first.
    schema.index("audit_log_principal", "audit_log", &["principal_id", "position"]);
    schema.index("audit_log_actor", "audit_log", &["actor_id", "position"]);
    schema.index("audit_log_organisation", "audit_log", &["organisation_id", "position"]);
    schema.index("audit_log_action", "audit_log", &["action", "position"]);
    schema.index("audit_log_resource", "audit_log", &["resource", "position"]);
    schema.index("audit_log_object", "audit_log", &["resource", "resource_id", "position"]);
    schema.index("audit_log_occurred_at", "audit_log", &["occurred_at", "position"]);
    schema.one_row(
        "audit_chain",
        [
            big_integer("cut_position"),
            string_len("cut_hash", 73),
            timestamp_with_time_zone_null("cut_at"),
            big_integer("head_position"),
            string_len("head_hash", 73),
            // When the log was verified last, so that restarts do not put it off, and what was found.
            timestamp_with_time_zone_null("verified_at"),
            big_integer("break_count"),
            text("breaks"),
            string_len("seal", 73),
        ],
    );
    let none = || "".into();
    schema.first_row(
        "audit_chain",
        [
            ("cut_position", 0_i64.into()),
            ("cut_hash", none()),
            ("head_position", 0_i64.into()),
            ("head_hash", none()),
            ("break_count", 0_i64.into()),
            ("breaks", "[]".into()),
            ("seal", none()),
        ],
    );
}
