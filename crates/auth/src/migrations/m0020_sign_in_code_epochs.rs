//! What ends sign-ins under way ends codes that nobody has exchanged yet: each holds the epoch of its account that it was made in.

use orion_infra::db::schema::{Schema, big_integer};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("sign_in_codes", big_integer("sign_in_epoch").default(0));
}
