//! Which invitations to organisations were sent of late, so that nobody mails strangers without end: what was withdrawn or has ended counts
//! as well.

use orion_infra::db::schema::{Schema, string_len, timestamp_with_time_zone, uuid};

pub(super) fn up(schema: &mut Schema) {
    schema.table(
        "sent_organisation_invitations",
        [
            uuid("id").primary_key(),
            uuid("organisation_id").belongs_to("organisations"),
            // The MAC of the address without its tag: that of somebody who was erased since is not kept.
            string_len("mailbox", 128),
            timestamp_with_time_zone("sent_at"),
        ],
    );
    let table = "sent_organisation_invitations";
    schema.index("sent_organisation_invitations_organisation", table, &["organisation_id", "sent_at"]);
    schema.index("sent_organisation_invitations_mailbox", table, &["mailbox", "sent_at"]);
    schema.index("sent_organisation_invitations_age", table, &["sent_at"]);
}
