//! The audit log: every service's entries in one chain, and the sealed row that says where it begins and ends.

use orion_infra::db::schema::{
    Schema, big_integer, string_len, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "audit_log",
        [
            big_integer("position").primary_key(),
            uuid("id").unique_key(),
            string_len("service", 32),
            big_integer("sequence"),
            text("entry"),
            string_len("payload_hmac", 64),
            string_len("previous_hash", 64),
            string_len("hash", 64),
            timestamp_with_time_zone("appended_at"),
        ],
    );
    schema.unique("audit_log_sequence", "audit_log", &["service", "sequence"]);
    schema.index("audit_log_age", "audit_log", &["appended_at"]);
    schema.one_row(
        "audit_chain",
        [
            big_integer("cut_position"),
            string_len("cut_hash", 64),
            big_integer("head_position"),
            string_len("head_hash", 64),
            string_len("seal", 64),
            // When the log was verified last, so that restarts do not put it off.
            timestamp_with_time_zone_null("verified_at"),
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
            ("seal", none()),
        ],
    );
}
