//! At which version of a user their invitation was withdrawn: an invitation of before that arrives later is none any more.

use orion_infra::db::schema::{Schema, big_integer_null};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("accounts", big_integer_null("withdrawn_version"));
}
