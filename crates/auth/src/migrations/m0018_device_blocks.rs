//! Who has blocked a device: what an administrator has blocked, its owner does not let in again.

use orion_infra::db::schema::{Schema, boolean};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("devices", boolean("is_blocked_by_administrator").default(false));
}
