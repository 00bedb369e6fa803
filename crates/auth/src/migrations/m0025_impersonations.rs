//! Sessions in which somebody acts as somebody else: who it really is, out of which session of their own, and why.

use orion_infra::db::schema::{Schema, text_null, uuid_null};

pub(super) fn up(schema: &mut Schema) {
    schema.add_column("sessions", uuid_null("actor_id"));
    schema.add_column("sessions", uuid_null("actor_session_id"));
    schema.add_column("sessions", text_null("acting_reason"));
    schema.index("sessions_actor_session", "sessions", &["actor_session_id"]);
}
