//! DTOs of acting as another user.

use crate::{Email, Secret, SessionId, UserId, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// `POST /api/v1/auth/impersonations`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginImpersonation {
    /// As whom.
    #[garde(skip)]
    pub user_id: UserId,
    /// Why, on one line. The person sees it.
    #[garde(length(chars, max = 500), custom(text::name))]
    #[schema(example = "Ticket 4711: the order list is empty")]
    pub reason: String,
}

/// A session in which somebody acts as another user.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Impersonation {
    /// A JWT (RFC 9068) with the claim `act` for the `Authorization: Bearer` header. There is no other one after it.
    pub access_token: Secret,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds that it lives, as the session does.
    #[schema(example = 1800)]
    pub expires_in: u64,
    /// When that is over.
    pub expires_at: DateTime<Utc>,
    /// The session, one of the person's.
    pub session_id: SessionId,
    /// As whom.
    pub user_id: UserId,
}

/// Who really acts in a session of somebody else.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionActor {
    /// Who.
    pub user_id: UserId,
    /// The address that they sign in by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Why, in their words.
    #[schema(example = "Ticket 4711: the order list is empty")]
    pub reason: String,
}
