//! What users are told of sign-ins by auth.

use super::Users;
use crate::error::UsersError;
use crate::store;
use chrono::{DateTime, Utc};
use orion_contracts::{EventId, UserId};
use orion_infra::events::inbox;

impl Users {
    /// Notes a sign-in, once per event.
    pub(crate) async fn signed_in(
        &self,
        event: EventId,
        user: UserId,
        at: DateTime<Utc>,
        ip_address: Option<&str>,
    ) -> Result<(), UsersError> {
        let txn = self.infra.db.begin().await?;
        if inbox::record(&txn, event, self.infra.clock.now()).await? {
            store::users::signed_in(txn.connection(), user, at, ip_address).await?;
        }
        Ok(txn.commit().await?)
    }
}
