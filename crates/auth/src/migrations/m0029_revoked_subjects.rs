//! A line that refuses tokens of before a moment is found by whose they are.

use orion_infra::db::schema::Schema;

pub(super) fn up(schema: &mut Schema) {
    schema.index("session_blacklist_subject", "session_blacklist", &["subject"]);
}
