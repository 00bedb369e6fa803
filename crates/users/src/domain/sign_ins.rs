//! What users are told of sign-ins by auth.

use super::Users;
use crate::error::UsersError;
use crate::store;
use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_infra::Change;

impl Users {
    /// Notes a sign-in.
    pub(crate) async fn signed_in(
        &self,
        change: &Change,
        user: UserId,
        at: DateTime<Utc>,
        ip_address: Option<&str>,
    ) -> Result<(), UsersError> {
        Ok(store::users::signed_in(change, user, at, ip_address).await?)
    }

    /// Notes whether a sign-in asks for a second factor.
    pub(crate) async fn second_factor_changed(
        &self,
        change: &Change,
        user: UserId,
        at: DateTime<Utc>,
        is_enabled: bool,
    ) -> Result<(), UsersError> {
        Ok(store::users::second_factor(change, user, at, is_enabled).await?)
    }
}
