//! Has nobody act for an organisation to which they do not belong any more.

use crate::domain::Auth;
use crate::error::AuthError;
use orion_contracts::events::{Event, OrganisationMemberRemoved};
use orion_infra::Change;

pub(super) async fn leave(
    auth: &Auth,
    change: &mut Change,
    _: &Event,
    told: OrganisationMemberRemoved,
) -> Result<(), AuthError> {
    change.unaudited("users has audited that they belong to it no more");
    auth.member_removed(change, told.user_id, told.organisation_id).await
}
