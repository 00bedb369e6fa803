//! Keeps accounts from what the users service tells of users.

use crate::domain::{Auth, PROJECTION};
use crate::error::AuthError;
use orion_contracts::events::{Event, TellsOfUser, UserDeleted};
use orion_infra::Change;

pub(super) async fn follow<P: TellsOfUser>(
    auth: &Auth,
    change: &mut Change,
    event: &Event,
    told: P,
) -> Result<(), AuthError> {
    if !auth.project(change, told.facts(), event.aggregate_version).await?.has_ended_sessions {
        change.unaudited(PROJECTION);
    }
    Ok(())
}

pub(super) async fn remove(
    auth: &Auth,
    change: &mut Change,
    event: &Event,
    told: UserDeleted,
) -> Result<(), AuthError> {
    if !auth.remove_account(change, &told.user, event.aggregate_version).await?.has_ended_sessions {
        change.unaudited(PROJECTION);
    }
    Ok(())
}
