//! Conditions of what somebody is given or denied: looked at before they are kept, and so many for one user at most.

use crate::error::UsersError;
use crate::store;
use orion_contracts::users::MOST_CONDITIONS;
use orion_contracts::{FieldCode, FieldFault, Problem, UserId};
use orion_http::identity::grant_condition;
use orion_infra::Change;

/// Refuses what is no condition, and says where. Reading one takes time: it is done beside the tasks.
pub(super) async fn check(condition: Option<String>) -> Result<(), UsersError> {
    let Some(text) = condition else { return Ok(()) };
    let read = tokio::task::spawn_blocking(move || grant_condition(&text).map(drop)).await;
    read.map_err(|_| Problem::internal())?.map_err(|error| UsersError::Invalid {
        field: "condition",
        fault: FieldFault::new(FieldCode::Invalid, error.to_string()),
    })
}

/// Refuses one more condition where a user has so many, those not counted that make way for it. The user is locked.
pub(super) async fn refuse_too_many(change: &Change, user: UserId, making_way: usize) -> Result<(), UsersError> {
    let by_themselves = store::direct_permissions::all(change, user).await?;
    let by_themselves = by_themselves.filter(|(_, held)| held.condition.is_some()).count();
    let roles = store::conditional_roles::grants(change, user).await?.len();
    if (by_themselves + roles).saturating_sub(making_way) < MOST_CONDITIONS {
        return Ok(());
    }
    let message = "too much of what this user is given and denied has a condition";
    Err(UsersError::invalid("condition", FieldCode::OutOfRange, message))
}
