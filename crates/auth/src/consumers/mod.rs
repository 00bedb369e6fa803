//! What the service does when others tell of something: a file per consumer.

mod accounts;
mod api_keys;
mod email_changes;
mod invitations;
mod organisations;

use crate::domain::Auth;
use orion_contracts::events::{
    ApiKeyCreated, ApiKeyRotated, ApiKeyUpdated, EmailChangeAsked, InvitationWithdrawn, OrganisationMemberRemoved,
    UserCreated, UserDeleted, UserEmailChanged, UserInvited, UserRoleChanged, UserStatusChanged, UserUpdated,
    UserVerified,
};
use orion_infra::events::{Consumer, Consumers};

/// All consumers.
pub(crate) fn all(auth: Auth) -> Vec<Consumer> {
    Consumers::new(auth)
        .on::<UserCreated>("accounts", accounts::follow)
        .on::<UserUpdated>("accounts", accounts::follow)
        .on::<UserVerified>("accounts", accounts::follow)
        .on::<UserDeleted>("accounts", accounts::remove)
        .on::<UserStatusChanged>("accounts", accounts::follow)
        .on::<UserRoleChanged>("accounts", accounts::follow)
        .on::<UserEmailChanged>("accounts", email_changes::follow)
        .on::<EmailChangeAsked>("email changes", email_changes::send)
        .on::<ApiKeyCreated>("security events", api_keys::created)
        .on::<ApiKeyRotated>("security events", api_keys::rotated)
        .on::<ApiKeyUpdated>("security events", api_keys::updated)
        .on::<UserInvited>("invitations", invitations::send)
        .on::<InvitationWithdrawn>("invitations", invitations::withdraw)
        .on::<OrganisationMemberRemoved>("organisations", organisations::leave)
        .list()
}
