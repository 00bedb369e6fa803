//! Identifiers: one type per thing, so that a session id cannot be passed where a user id is meant.
//! All are UUIDv7 (RFC 9562): they sort by creation and index well.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

impl std::fmt::Display for NotAnId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("must be an id such as 019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10, as lists show it")
    }
}

impl std::error::Error for NotAnId {}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self).map_err(|_| NotAnId)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

id! {
    /// A person or service account.
    UserId,
    /// One sign-in and everything refreshed from it (`sid`).
    SessionId,
    /// A sign-in under way.
    FlowId,
    /// A passkey.
    PasskeyId,
    /// Something that was noticed about the security of an account.
    SecurityEventId,
    /// A sign-in that was tried.
    LoginAttemptId,
    /// A delay of what failed too often.
    ThrottleId,
    /// Who somebody is at a provider of sign-ins.
    ProviderIdentityId,
    /// A browser or program that somebody has signed in from.
    DeviceId,
    /// One token, access or refresh (`jti`).
    TokenId,
    /// One outbox event.
    EventId,
    /// One notification; its ways out are deliveries.
    NotificationId,
    /// One way out of a notification.
    DeliveryId,
    /// One version of a template in one locale.
    TemplateId,
    /// A mail kept by the capture mailer.
    CapturedMailId,
    /// A role.
    RoleId,
    /// A permission.
    PermissionId,
    /// An organisation; roles and grants may be bound to one.
    OrganisationId,
    /// An invitation to an organisation.
    OrganisationInvitationId,
    /// A team of an organisation.
    TeamId,
    /// One running instance of one service.
    InstanceId,
    /// A background job of a service.
    JobId,
    /// An API key.
    ApiKeyId,
    /// One audit entry.
    AuditEntryId,
}
