//! Notes and tells people that a key was made with which programs act as them.

use crate::domain::Auth;
use crate::error::AuthError;
use orion_contracts::events::{ApiKeyCreated, Event};
use orion_infra::Change;

pub(super) async fn note(auth: &Auth, change: &mut Change, _: &Event, told: ApiKeyCreated) -> Result<(), AuthError> {
    change.unaudited("users has audited the key");
    auth.api_key_created(change, told.key.user_id).await
}
