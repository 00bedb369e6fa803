//! Mails people whom an administrator invites.

use crate::domain::Auth;
use crate::error::AuthError;
use orion_contracts::events::{Event, InvitationWithdrawn, UserInvited};
use orion_infra::Change;

pub(super) async fn send(auth: &Auth, change: &mut Change, event: &Event, told: UserInvited) -> Result<(), AuthError> {
    auth.invited(change, told, event.aggregate_version).await
}

pub(super) async fn withdraw(
    auth: &Auth,
    change: &mut Change,
    event: &Event,
    told: InvitationWithdrawn,
) -> Result<(), AuthError> {
    change.unaudited("users has audited the withdrawal");
    auth.invitation_withdrawn(change, told.user_id, event.aggregate_version).await
}
