//! DTOs of the admin service: the console's session, overview and live messages.

use crate::bus::Announcement;
use crate::events::Event;
use crate::health::DependencyCheck;
use crate::text;
use crate::{Email, Password, Secret, ServiceName, UserId};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// `POST /console/reset`: gives the administrator of a one-time link a new password and signs them in.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetRequest {
    /// The token of the one-time link.
    #[garde(skip)]
    pub token: Secret,
    /// At least 15 characters.
    #[garde(skip)]
    pub password: Password,
}

/// `POST /console/setup`: makes the first administrator and signs them in.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// The token of the one-time link.
    #[garde(skip)]
    pub token: Secret,
    /// The administrator's address.
    #[garde(skip)]
    pub email: Email,
    /// At least 15 characters.
    #[garde(skip)]
    pub password: Password,
    /// Name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 200), inner(custom(text::name)))]
    pub display_name: Option<String>,
}

/// `POST /console/setup/check` and `/console/reset/check`: whether a one-time link is good, before somebody fills in a form.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkCheck {
    /// The token of the one-time link.
    #[garde(skip)]
    pub token: Secret,
}

/// The console's session, `GET /console/session`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConsoleSession {
    /// Who is signed in.
    pub user_id: UserId,
    /// Their address.
    pub email: Email,
    /// Name to show.
    #[schema(required)]
    pub display_name: Option<String>,
    /// Role names.
    pub roles: Vec<String>,
    /// Names of the permissions held: what is not among them is not offered.
    pub permissions: Vec<String>,
    /// When the session ends without use.
    pub idle_expires_at: DateTime<Utc>,
    /// When it ends in any case.
    pub expires_at: DateTime<Utc>,
}

/// What the console may know before anybody has signed in, `GET /console/state`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConsoleState {
    /// Whether there is no administrator yet.
    pub needs_setup: bool,
    /// ORION's version.
    pub version: String,
}

/// One service's health as the console shows it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ServiceHealth {
    /// Which service.
    pub service: ServiceName,
    /// The verdict.
    pub status: ServiceStatus,
    /// What was looked at, when it answered.
    pub checks: Vec<DependencyCheck>,
    /// How long the answer took.
    #[schema(required)]
    pub latency_ms: Option<u64>,
    /// Instances that announced themselves in the last seconds.
    pub instances: Vec<Announcement>,
    /// When this was found.
    pub checked_at: DateTime<Utc>,
}

/// A service as seen from the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// Ready.
    Up,
    /// Answers, but is not ready.
    Degraded,
    /// Does not answer.
    Down,
}

/// `GET /console/overview`
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Overview {
    /// All services.
    pub services: Vec<ServiceHealth>,
}

/// The query of `GET /api/v1/events`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Only events of which this condition holds, in CEL over `event`: `event.type.startsWith("user.")`. An event of which it
    /// cannot be asked, for it has no such field, is none. A page may then have fewer events than `limit`, also none, and a
    /// `next_cursor` all the same: so many were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The `next_cursor` of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items per page, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What the console sends over its WebSocket.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum LiveRequest {
    /// Starts a subscription.
    Subscribe {
        /// Chosen by the client; every answer carries it.
        id: u32,
        /// What to watch.
        topic: LiveTopic,
        /// Resume after this sequence number, when it is still kept.
        #[serde(default)]
        resume_after: Option<u64>,
    },
    /// Ends a subscription.
    Unsubscribe {
        /// Which.
        id: u32,
    },
}

/// What can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiveTopic {
    /// Every service's health.
    Health,
    /// The event stream.
    Events,
}

/// What the console receives over its WebSocket.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LiveMessage {
    /// The services' health, whenever it changes and at subscription.
    Health {
        /// The subscription.
        id: u32,
        /// Counts up per topic.
        sequence: u64,
        /// All services.
        services: Vec<ServiceHealth>,
    },
    /// Events since the last message.
    Events {
        /// The subscription.
        id: u32,
        /// Sequence number of the last one.
        sequence: u64,
        /// The events, oldest first; sealed secrets stay sealed.
        events: Vec<Event>,
    },
    /// The socket was too slow: so many messages were left out.
    Lagged {
        /// The subscription.
        id: u32,
        /// How many.
        missed: u64,
    },
    /// The request could not be followed.
    Error {
        /// The subscription, when there is one.
        #[schema(required)]
        id: Option<u32>,
        /// Why.
        detail: String,
    },
}

/// The WebSocket is closed with this code when its session has ended.
pub const CLOSE_SESSION_ENDED: u16 = 4401;

/// The WebSocket is closed with this code when its user may no longer use the console.
pub const CLOSE_FORBIDDEN: u16 = 4403;
