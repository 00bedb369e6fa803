//! Notes when and from where a user signed in last.

use crate::domain::Users;
use crate::error::UsersError;
use orion_contracts::events::{Event, SessionStarted};
use orion_infra::Change;

pub(super) async fn note(
    users: &Users,
    change: &mut Change,
    event: &Event,
    told: SessionStarted,
) -> Result<(), UsersError> {
    change.unaudited("auth has audited the sign-in");
    users.signed_in(change, told.user_id, event.occurred_at, told.ip_address.as_deref()).await
}
