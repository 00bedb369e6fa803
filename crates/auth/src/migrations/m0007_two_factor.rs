//! Second factors: authenticator apps and backup codes.

use orion_infra::db::schema::{
    Schema, big_integer_null, string_len, string_len_null, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "two_factor_auth",
        [
            uuid("user_id").primary_key(),
            text_null("totp_secret_sealed"),
            timestamp_with_time_zone_null("totp_verified_at"),
            big_integer_null("totp_last_step"),
            text_null("pending_secret_sealed"),
            timestamp_with_time_zone_null("pending_expires_at"),
            timestamp_with_time_zone_null("backup_codes_at"),
            timestamp_with_time_zone_null("last_used_at"),
            string_len_null("last_used_method", 16),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("updated_at"),
        ],
    );
    schema.table(
        "two_factor_backup_codes",
        [
            uuid("id").primary_key(),
            uuid("user_id"),
            // Which of a person's codes it is, so that one hash is computed and not ten.
            string_len("hint", 2),
            string_len("code_hash", 255),
            timestamp_with_time_zone_null("used_at"),
            string_len_null("ip_address", 45),
            text_null("user_agent"),
            timestamp_with_time_zone("created_at"),
        ],
    );
    schema.unique("two_factor_backup_codes_hint", "two_factor_backup_codes", &["user_id", "hint"]);
}
