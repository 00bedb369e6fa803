//! Passkeys: public keys of authenticators, by which people sign in.

use orion_infra::db::schema::{
    Schema, big_integer, boolean, string_len, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "passkeys",
        [
            uuid("id").primary_key(),
            uuid("user_id"),
            // Base64url of at most 1023 bytes (WebAuthn, 4: credential ID).
            string_len("credential_id", 1364).unique_key(),
            text("public_key"),
            string_len("name", 100),
            uuid("aaguid"),
            boolean("backup_eligible"),
            boolean("backup_state"),
            big_integer("sign_count"),
            text("transports"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone_null("last_used_at"),
        ],
    );
    schema.index("passkeys_user", "passkeys", &["user_id"]);
}
