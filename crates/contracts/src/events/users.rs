//! What the users service tells.

use super::{EventPayload, Sealed, kind::events};
use crate::organisations::Organisation;
use crate::service_accounts::ServiceAccount;
use crate::{ApiKeyId, Email, OrganisationId, OrganisationInvitationId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a user is to others, carried by user events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserFacts {
    /// The user.
    pub user_id: UserId,
    /// E-mail address.
    pub email: Email,
    /// Whether it was proven to be the user's.
    pub is_verified: bool,
    /// Name to show.
    pub display_name: Option<String>,
    /// BCP 47 language tag.
    pub locale: String,
    /// Life-cycle status.
    pub status: crate::users::UserStatus,
    /// Names of the roles held.
    pub roles: Vec<String>,
}

impl From<&crate::users::User> for UserFacts {
    fn from(user: &crate::users::User) -> Self {
        Self {
            user_id: user.id,
            email: user.email.clone(),
            is_verified: user.is_verified,
            display_name: user.display_name.clone(),
            locale: user.locale.clone(),
            status: user.status,
            roles: user.roles.clone(),
        }
    }
}

/// What others are told of an API key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyTold {
    /// The key.
    pub id: ApiKeyId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is for.
    pub name: String,
    /// How its secret begins.
    pub prefix: String,
    /// Names of the permissions that it is limited to.
    pub scopes: Vec<String>,
}

impl From<&crate::api_keys::ApiKey> for ApiKeyTold {
    fn from(key: &crate::api_keys::ApiKey) -> Self {
        Self {
            id: key.id,
            user_id: key.user_id,
            name: key.name.clone(),
            prefix: key.prefix.clone(),
            scopes: key.scopes.clone(),
        }
    }
}

events! {
    /// A user exists now, verified or not.
    UserCreated = "user.created" for [Auth, Notifications] {
        /// The user as created.
        user: UserFacts,
    }
    /// A profile changed.
    UserUpdated = "user.updated" for [Auth] {
        /// The user after the change.
        user: UserFacts,
    }
    /// The e-mail address was verified.
    UserVerified = "user.verified" for [Auth] {
        /// The user after the change.
        user: UserFacts,
    }
    /// An administrator suspended, deactivated, deleted or restored the user. Who is deleted can be restored: what is kept of
    /// them stays.
    UserStatusChanged = "user.status_changed" for [Auth, Notifications] {
        /// The user after the change.
        user: UserFacts,
    }
    /// The user is no more: erased, or removed because they never verified their address.
    UserDeleted = "user.deleted" for [Auth, Notifications] {
        /// The user as it was, with the status `deleted`.
        user: UserFacts,
    }
    /// An administrator invites the user, who is pending: auth has them mailed a link by which they choose their password.
    UserInvited = "user.invited" for [Auth] {
        /// The user.
        user: UserFacts,
        /// The token of the link.
        token: Sealed,
        /// Until when it is good.
        expires_at: DateTime<Utc>,
        /// The name of who invites them, where they have told one.
        invited_by: Option<String>,
        /// The organisation that they join by that link.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organisation: Option<String>,
    }
    /// The invitation of a user was withdrawn: links that they were mailed lead nowhere.
    InvitationWithdrawn = "user.invitation_withdrawn" for [Auth, Notifications] {
        /// Whose.
        user_id: UserId,
    }
    /// Somebody asked for another address of a user: auth has links mailed to both, by which it is confirmed.
    EmailChangeAsked = "user.email_change_asked" for [Auth] {
        /// The user, with the address of now.
        user: UserFacts,
        /// The address that it is to become.
        new_email: Email,
        /// The token of the link that goes to the address of now.
        current_token: Sealed,
        /// The token of the link that goes to the new address.
        new_token: Sealed,
        /// Until when both are good.
        expires_at: DateTime<Utc>,
        /// Whose the new address is already: they get a notice, and nobody a link to it.
        barred_by: Option<UserFacts>,
    }
    /// The address of a user is another one, confirmed at both.
    UserEmailChanged = "user.email_changed" for [Auth, Notifications] {
        /// The user after the change.
        user: UserFacts,
        /// The address of before.
        previous_email: Email,
    }
    /// Roles were given or taken.
    UserRoleChanged = "user.role_changed" for [Auth] {
        /// The user after the change.
        user: UserFacts,
    }
    /// An API key was made.
    ApiKeyCreated = "api_key.created" for [Auth] {
        /// The key.
        key: ApiKeyTold,
    }
    /// An API key has another name or other scopes.
    ApiKeyUpdated = "api_key.updated" for [Auth] {
        /// The key after the change.
        key: ApiKeyTold,
        /// Whether it has a scope that it had not before; versions of before did not tell it.
        #[serde(default)]
        is_wider: bool,
    }
    /// An API key has a new secret.
    ApiKeyRotated = "api_key.rotated" for [Auth] {
        /// The key.
        key: ApiKeyTold,
        /// Until when the old secret goes on; it does not when null.
        previous_until: Option<DateTime<Utc>>,
    }
    /// A service account was made.
    ServiceAccountCreated = "service_account.created" for [] {
        /// The service account.
        account: ServiceAccount,
    }
    /// A service account is called otherwise, or is or is not active from now on.
    ServiceAccountUpdated = "service_account.updated" for [] {
        /// The service account after the change.
        account: ServiceAccount,
    }
    /// A service account was deleted, and its keys with it.
    ServiceAccountDeleted = "service_account.deleted" for [] {
        /// The service account.
        account: ServiceAccount,
    }
    /// An organisation was made.
    OrganisationCreated = "organisation.created" for [] {
        /// The organisation.
        organisation: Organisation,
    }
    /// An organisation is called otherwise, or is said to be something else.
    OrganisationUpdated = "organisation.updated" for [] {
        /// The organisation after the change.
        organisation: Organisation,
    }
    /// An organisation was deleted; its members are told of one by one.
    OrganisationDeleted = "organisation.deleted" for [] {
        /// The organisation as it was.
        organisation: Organisation,
    }
    /// Somebody belongs to an organisation now.
    OrganisationMemberAdded = "organisation.member_added" for [] {
        /// To which.
        organisation_id: OrganisationId,
        /// Who.
        user_id: UserId,
    }
    /// Somebody belongs to an organisation no more, and holds nothing of it.
    OrganisationMemberRemoved = "organisation.member_removed" for [Auth] {
        /// To which.
        organisation_id: OrganisationId,
        /// Who.
        user_id: UserId,
    }
    /// Somebody who has an account is invited to an organisation.
    OrganisationInvited = "organisation.invited" for [Notifications] {
        /// Who.
        user: UserFacts,
        /// To which.
        organisation_id: OrganisationId,
        /// What that is called.
        organisation_name: String,
        /// The name of who invites them, where they have told one.
        invited_by: Option<String>,
        /// Until when they can accept.
        expires_at: DateTime<Utc>,
        /// The invitation, which they answer; versions of before did not tell it.
        invitation_id: Option<OrganisationInvitationId>,
    }
    /// An API key was revoked.
    ApiKeyRevoked = "api_key.revoked" for [] {
        /// The key.
        key: ApiKeyTold,
    }
}

/// An event that tells what a user is now.
pub trait TellsOfUser: EventPayload {
    /// The user after the change.
    fn facts(&self) -> &UserFacts;
}

macro_rules! tells_of_user {
    ($($event:ident),*) => {
        $(impl TellsOfUser for $event {
            fn facts(&self) -> &UserFacts {
                &self.user
            }
        })*
    };
}

tells_of_user!(
    UserCreated,
    UserUpdated,
    UserVerified,
    UserDeleted,
    UserRoleChanged,
    UserStatusChanged,
    UserInvited,
    EmailChangeAsked,
    UserEmailChanged
);
