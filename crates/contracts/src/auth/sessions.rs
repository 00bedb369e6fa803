//! DTOs of sessions, and of who the caller is.

use super::SessionActor;
use crate::{DeviceId, Email, OrganisationId, Secret, SessionId, UserId};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// A session that is alive: one sign-in and everything refreshed from it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Session {
    /// Names it in paths; the `sid` of its access tokens.
    pub id: SessionId,
    /// The device that it began on, unless that was forgotten.
    #[schema(required)]
    pub device_id: Option<DeviceId>,
    /// What that device is called.
    #[schema(example = "Firefox on Linux")]
    pub device: String,
    /// Where it began.
    #[schema(required, example = "192.0.2.77")]
    pub ip_address: Option<String>,
    /// How the person proved who they are (RFC 8176).
    #[schema(example = json!(["pwd", "otp", "mfa"]))]
    pub methods: Vec<String>,
    /// The class of that: `aal2` for two factors, `aal1` for one.
    #[schema(example = "aal2")]
    pub acr: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When the person proved last who they are.
    pub authenticated_at: DateTime<Utc>,
    /// When it was refreshed last.
    pub last_used_at: DateTime<Utc>,
    /// When it ends by itself, unless it is refreshed before.
    pub expires_at: DateTime<Utc>,
    /// Whether it is the caller's.
    pub is_current: bool,
    /// The organisation for which it acts.
    #[serde(default)]
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
    /// Who really acts in it, where it is not the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<SessionActor>,
}

/// The sessions of a person that are alive, the one used last first: a hundred at most.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionList {
    /// The sessions.
    pub items: Vec<Session>,
}

/// The query of `DELETE /api/v1/auth/sessions`
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EndSessions {
    /// Leaves the caller's own session.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[garde(skip)]
    pub keep_current: bool,
}

/// How many sessions an order has ended.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionsEnded {
    /// The number.
    #[schema(example = 3)]
    pub ended: u64,
}

/// Who the caller is, as far as signing in goes.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Me {
    /// The caller.
    pub user_id: UserId,
    /// The address that they sign in by.
    #[schema(required)]
    pub email: Option<Email>,
    /// Role names at this moment.
    #[schema(example = json!(["user"]))]
    pub roles: Vec<String>,
    /// Whether a sign-in asks for a second factor.
    pub has_second_factor: bool,
    /// The session of the token.
    pub session: Session,
}

/// `PUT /api/v1/auth/sessions/current/organisation`
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActFor {
    /// The organisation for which the session acts from now on; none when null.
    #[serde(deserialize_with = "Option::deserialize")]
    #[garde(skip)]
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
}

/// A token of a session that acts for an organisation, or for none.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActingFor {
    /// A JWT (RFC 9068) with the claim `org`, for the `Authorization: Bearer` header.
    pub access_token: Secret,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds that it lives.
    #[schema(example = 300)]
    pub expires_in: u64,
    /// The organisation.
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
}
