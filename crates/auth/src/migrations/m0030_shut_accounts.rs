//! Up to which version of a user all that led into their account has ended: a suspension that is told after the account was opened
//! again ends it all the same.

use orion_infra::db::schema::{Schema, big_integer_null};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("accounts", big_integer_null("shut_version"));
}
