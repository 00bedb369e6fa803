//! Where a sign-in on ORION's own pages leads: it is settled when the sign-in begins, and no later step says otherwise.

use orion_infra::db::schema::{Schema, text_null};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("flows", text_null("return_to"));
    schema.add_column("flows", text_null("return_state"));
}
