//! An index by which keys are found that have ended.

use orion_infra::db::schema::Schema;

pub(super) fn up(schema: &mut Schema) {
    schema.index("api_keys_ended", "api_keys", &["expires_at"]);
}
