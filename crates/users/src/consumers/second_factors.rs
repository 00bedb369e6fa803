//! Notes who has a second factor, for lists.

use crate::domain::Users;
use crate::error::UsersError;
use orion_contracts::events::{Event, SecondFactorChanged};
use orion_infra::Change;

pub(super) async fn note(
    users: &Users,
    change: &mut Change,
    event: &Event,
    told: SecondFactorChanged,
) -> Result<(), UsersError> {
    change.unaudited("auth has audited the factor");
    users.second_factor_changed(change, told.user_id, event.occurred_at, told.is_enabled).await
}
