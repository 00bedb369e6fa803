//! Mails the links by which a change of somebody's address is confirmed, and follows it once it is made.

use crate::domain::{Auth, PROJECTION};
use crate::error::AuthError;
use orion_contracts::events::{EmailChangeAsked, Event, UserEmailChanged};
use orion_infra::Change;

pub(super) async fn send(
    auth: &Auth,
    change: &mut Change,
    event: &Event,
    told: EmailChangeAsked,
) -> Result<(), AuthError> {
    change.unaudited("users has audited that it was asked for");
    auth.email_change_asked(change, &told, event.aggregate_version).await
}

pub(super) async fn follow(
    auth: &Auth,
    change: &mut Change,
    event: &Event,
    told: UserEmailChanged,
) -> Result<(), AuthError> {
    if !auth.project(change, &told.user, event.aggregate_version).await?.has_ended_sessions {
        change.unaudited(PROJECTION);
    }
    auth.email_changed(change, told.user.user_id).await
}
