//! For which organisation a session acts.

use orion_infra::db::schema::{Schema, uuid_null};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("sessions", uuid_null("organisation_id"));
}
