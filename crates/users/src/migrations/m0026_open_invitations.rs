//! An index by which invitations are found that can still be accepted: no role is removed that one of them promises.

use orion_infra::db::schema::Schema;

pub(super) fn up(schema: &mut Schema) {
    schema.index("invitations_open", "invitations", &["accepted_at", "withdrawn_at", "expires_at"]);
}
