//! Notes and tells people that a key with which programs act as them was made, has a new secret, or may do more.

use crate::domain::Auth;
use crate::error::AuthError;
use orion_contracts::events::{ApiKeyCreated, ApiKeyRotated, ApiKeyUpdated, Event};
use orion_infra::Change;

pub(super) async fn created(auth: &Auth, change: &mut Change, _: &Event, told: ApiKeyCreated) -> Result<(), AuthError> {
    change.unaudited("users has audited the key");
    auth.api_key_created(change, told.key.user_id).await
}

pub(super) async fn rotated(auth: &Auth, change: &mut Change, _: &Event, told: ApiKeyRotated) -> Result<(), AuthError> {
    change.unaudited("users has audited the rotation");
    auth.api_key_rotated(change, told.key.user_id).await
}

/// A key that has another name, or may do less, is no news.
pub(super) async fn updated(auth: &Auth, change: &mut Change, _: &Event, told: ApiKeyUpdated) -> Result<(), AuthError> {
    change.unaudited("users has audited the change of the key");
    match told.is_wider {
        true => auth.api_key_widened(change, told.key.user_id).await,
        false => Ok(()),
    }
}
