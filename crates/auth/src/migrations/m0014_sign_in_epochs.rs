//! What ends all sign-ins under way of an account: each holds the epoch that it began in.

use orion_infra::db::schema::{Schema, big_integer};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("accounts", big_integer("sign_in_epoch").default(0));
    schema.add_column("flows", big_integer("sign_in_epoch").default(0));
}
