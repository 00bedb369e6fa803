//! Throttles are forgotten by how their keys begin: a language that sorts `;` before `:` would find none of them.

use orion_infra::db::schema::Schema;

pub(super) fn up(schema: &mut Schema) {
    schema.bytewise("rate_limits", "key", 255);
}
