//! DTOs of what protects accounts: security events, sign-in attempts, throttles.

use super::SecurityEventKind;
use crate::{LoginAttemptId, SecurityEventId, SessionId, ThrottleId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How much a security event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Low,
    /// Its owner should have a look.
    Medium,
    /// Somebody else may be at the account.
    High,
}

impl Severity {
    /// The word as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Something that was noticed about the security of an account.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SecurityEvent {
    /// The event.
    pub id: SecurityEventId,
    /// Whose account; null where the address that was tried has none.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The session that it is about.
    #[schema(required)]
    pub session_id: Option<SessionId>,
    /// What happened, as a word for programs. While versions change it may be one that only a newer one knows.
    #[schema(value_type = SecurityEventKind)]
    pub kind: String,
    /// What it is about: `login`, `password`, `factor`, `device` or `session`.
    #[schema(example = "login")]
    pub category: String,
    /// `low`, `medium` or `high`.
    #[schema(example = "medium")]
    pub severity: String,
    /// What happened, in English.
    #[schema(example = "Signed in from a new device")]
    pub title: String,
    /// What else is known of it.
    #[schema(value_type = Object, example = json!({ "method": "password" }))]
    pub details: Value,
    /// From where.
    #[schema(required, example = "203.0.113.7")]
    pub ip_address: Option<String>,
    /// With what.
    #[schema(required, example = "Mozilla/5.0")]
    pub user_agent: Option<String>,
    /// Whether what was tried was stopped.
    #[schema(example = false)]
    pub was_blocked: bool,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// How a sign-in went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoginAttemptStatus {
    /// It led to a session.
    Success,
    /// What was to be proven was not.
    Failed,
    /// It was not looked at, for too many failed before: the first one of a quarter of an hour is recorded.
    Blocked,
    /// It led to a session, and looks odd.
    Suspicious,
}

/// A sign-in that was tried. What was typed in as the address is not kept: it may be a password.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LoginAttempt {
    /// The attempt.
    pub id: LoginAttemptId,
    /// Whose account; null where the address has none.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// How it went.
    pub status: LoginAttemptStatus,
    /// What was proven, or tried: `password`, `password+totp`, `passkey`; `code` where a second factor was refused unseen.
    #[schema(example = "password")]
    pub method: String,
    /// Why it failed.
    #[schema(required, example = json!(null))]
    pub reason: Option<String>,
    /// An IPv4 address, or the /64 of an IPv6 one.
    #[schema(required, example = "203.0.113.7")]
    pub ip_address: Option<String>,
    /// With what.
    #[schema(required, example = "Mozilla/5.0")]
    pub user_agent: Option<String>,
    /// When.
    pub attempted_at: DateTime<Utc>,
}

/// A delay of what failed too often at one place.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Throttle {
    /// The throttle, from the first delay to the last.
    pub id: ThrottleId,
    /// What is delayed: `login`, `code`, `flow_password`, `passkey`, `provider` or `password_change`.
    #[schema(example = "login")]
    pub policy: String,
    /// The endpoint that is guarded.
    #[schema(example = "/api/v1/auth/login")]
    pub endpoint: String,
    /// Whose account; null where the address has none.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Failures in a row.
    #[schema(example = 7)]
    pub failures: i64,
    /// When the next try counts.
    #[schema(required)]
    pub blocked_until: Option<DateTime<Utc>>,
    /// When counting starts anew, without another failure.
    pub forgotten_at: DateTime<Utc>,
}

/// The query of `GET /api/v1/auth/admin/security-events`. What is given must all be so.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SecurityEventQuery {
    /// Only of this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Only of this kind, such as `login.new_device`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Only of this severity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub severity: Option<Severity>,
    /// Only what happened at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Only what happened before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// The `next_cursor` of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items per page, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// The query of `GET /api/v1/auth/admin/login-attempts`. What is given must all be so.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LoginAttemptQuery {
    /// Only of this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Only those that went so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub status: Option<LoginAttemptStatus>,
    /// Only those of this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Only those before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// The `next_cursor` of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items per page, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}
