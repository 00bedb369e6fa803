//! Signing keys. Their times say all about their state: published, in force, retired.

use orion_infra::db::schema::{
    Schema, big_integer, string_len, text, timestamp_with_time_zone, timestamp_with_time_zone_null,
};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "signing_keys",
        [
            string_len("kid", 64).primary_key(),
            // One key per generation, also when several processes rotate at once.
            big_integer("generation").unique_key(),
            text("private_key_sealed"),
            text("public_jwk"),
            timestamp_with_time_zone("published_at"),
            timestamp_with_time_zone("signs_from"),
            timestamp_with_time_zone_null("retired_at"),
        ],
    );
}
