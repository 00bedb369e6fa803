//! What delays one account is listed beside it. Ids are there once a row delays, and rise with time.

use orion_infra::db::schema::Schema;

pub(super) fn up(schema: &mut Schema) {
    schema.index("rate_limits_user", "rate_limits", &["user_id", "id"]);
}
