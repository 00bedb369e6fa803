//! Who does something: the principal that proved itself, who acts through it, and for which organisation.

use crate::{OrganisationId, ServiceName, SessionId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(example = json!({ "kind": "user", "user_id": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42", "session_id": null }))]
pub enum Principal {
    /// Nobody: somebody who has not signed in.
    Anonymous,
    /// A person.
    User {
        /// Who.
        user_id: UserId,
        /// In which session, when it was in one.
        #[schema(required)]
        session_id: Option<SessionId>,
    },
    /// An API key, for whom it was made.
    ApiKey {
        /// Which.
        id: Uuid,
        /// Whose.
        user_id: UserId,
    },
    /// A service account.
    ServiceAccount {
        /// Which.
        id: Uuid,
    },
    /// An OAuth client on its own behalf.
    Client {
        /// Which.
        id: Uuid,
    },
    /// Another service of the platform.
    Service {
        /// Which.
        service: ServiceName,
    },
    /// The platform itself, in background work.
    Platform,
}

impl Principal {
    /// The user behind it, where there is one.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::User { user_id, .. } | Self::ApiKey { user_id, .. } => Some(*user_id),
            _ => None,
        }
    }

    /// The session behind it, where there is one.
    pub fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::User { session_id, .. } => *session_id,
            _ => None,
        }
    }

    /// The name of its kind, as in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::User { .. } => "user",
            Self::ApiKey { .. } => "api_key",
            Self::ServiceAccount { .. } => "service_account",
            Self::Client { .. } => "client",
            Self::Service { .. } => "service",
            Self::Platform => "platform",
        }
    }

    /// What tells it from others of its kind: an id, or a service's name.
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Anonymous | Self::Platform => None,
            Self::User { user_id, .. } => Some(user_id.to_string()),
            Self::ApiKey { id, .. } | Self::ServiceAccount { id } | Self::Client { id } => Some(id.to_string()),
            Self::Service { service } => Some(service.as_str().to_owned()),
        }
    }
}

/// By whom a change is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "principal": { "kind": "user", "user_id": "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10", "session_id": null },
    "actor": null, "organisation_id": null,
}))]
pub struct Author {
    /// As whom.
    pub principal: Principal,
    /// Who really acts, when it is somebody else: an administrator who impersonates.
    #[schema(required)]
    pub actor: Option<UserId>,
    /// For which organisation they acted.
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
}

impl Author {
    /// The platform itself, in background work.
    pub const PLATFORM: Self = Self::of(Principal::Platform);
    /// Somebody who has not signed in.
    pub const ANONYMOUS: Self = Self::of(Principal::Anonymous);

    /// A principal that acts for itself.
    pub const fn of(principal: Principal) -> Self {
        Self { principal, actor: None, organisation_id: None }
    }

    /// A person in a session.
    pub const fn user(user_id: UserId, session_id: Option<SessionId>) -> Self {
        Self::of(Principal::User { user_id, session_id })
    }

    /// Another service of the platform.
    pub const fn service(service: ServiceName) -> Self {
        Self::of(Principal::Service { service })
    }
}
