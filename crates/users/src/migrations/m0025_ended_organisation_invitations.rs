//! What became of invitations to organisations that were answered or withdrawn, for who was invited and opens the link of the mail once more.

use orion_infra::db::schema::{Schema, string_len, timestamp_with_time_zone, uuid};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "ended_organisation_invitations",
        [
            uuid("id").primary_key(),
            uuid("organisation_id").belongs_to("organisations"),
            uuid("user_id").belongs_to("users"),
            // As it was called then: who does not belong to it is told no later name.
            string_len("organisation_name", 200),
            string_len("status", 16),
            timestamp_with_time_zone("answered_at"),
        ],
    );
    schema.index("ended_organisation_invitations_age", "ended_organisation_invitations", &["answered_at"]);
    schema.index("ended_organisation_invitations_user", "ended_organisation_invitations", &["user_id"]);
    schema.index("ended_organisation_invitations_organisation", "ended_organisation_invitations", &["organisation_id"]);
}
