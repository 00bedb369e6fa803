//! Ends a change of address that waits when its owner has chosen another password: whoever asked for it may be why.

use crate::domain::Users;
use crate::error::UsersError;
use orion_contracts::auth::SecurityEventKind;
use orion_contracts::events::{Event, SecurityNoted};
use orion_infra::Change;

pub(super) async fn follow(
    users: &Users,
    change: &mut Change,
    _: &Event,
    told: SecurityNoted,
) -> Result<(), UsersError> {
    change.unaudited("auth has audited the password");
    let kinds = [SecurityEventKind::PasswordChanged, SecurityEventKind::PasswordReset];
    match told.user_id.filter(|_| kinds.iter().any(|kind| kind.as_str() == told.kind)) {
        Some(user) => users.void_email_change(change, user).await,
        None => Ok(()),
    }
}
