//! Which roles an invitation promises, for another role that is made under the name of one that is gone was promised to nobody; and an
//! index by which the service accounts of an organisation are found.

use orion_infra::db::schema::{Schema, text_null};

pub(super) fn up(schema: &mut Schema) {
    // JSON: ids of roles. None where a version before wrote the invitation: it promises by names.
    schema.add_column("invitations", text_null("role_ids"));
    schema.add_column("organisation_invitations", text_null("role_ids"));
    schema.index("service_accounts_organisation", "service_accounts", &["organisation_id", "id"]);
}
