//! Why a user may not act, and when they were deleted.

use orion_infra::db::schema::{Schema, string_len_null, timestamp_with_time_zone_null};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("users", string_len_null("status_reason", 500));
    schema.add_column("users", timestamp_with_time_zone_null("deleted_at"));
    schema.index("users_deleted", "users", &["deleted_at", "id"]);
}
