//! DTOs of what protects accounts: security events, sign-in attempts, throttles.

use super::SecurityEventKind;
use crate::vocabulary::vocabulary;
use crate::{Email, LoginAttemptId, SecurityEventId, SessionId, ThrottleId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

vocabulary! {
    /// How much a security event matters: `low` is good to know, at `medium` its owner should have a look, and at `high` somebody
    /// else may be at the account.
    #[schema(example = "medium")]
    Severity {
        Low = "low",
        Medium = "medium",
        High = "high",
    }

    /// How a sign-in went. `success` led to a session, and so did `suspicious`, which looks odd: it came from a new device within a
    /// day after many failures. `failed` is one that was not proven; `blocked` was not looked at, for too many failed before: the
    /// first one of a quarter of an hour is recorded.
    #[schema(example = "success")]
    LoginAttemptStatus {
        Success = "success",
        Failed = "failed",
        Blocked = "blocked",
        Suspicious = "suspicious",
    }
}

/// Whose account something is about, as lists name them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AccountOwner {
    /// What they call themselves.
    #[schema(required, example = "Ada Lovelace")]
    pub display_name: Option<String>,
    /// The address that they sign in by; null once the account is deleted.
    #[schema(required)]
    pub email: Option<Email>,
}

/// Something that was noticed about the security of an account.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SecurityEvent {
    /// The event.
    pub id: SecurityEventId,
    /// Whose account; null where the address that was tried has none.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Who that is. Null for who may not see users, in one's own list, and where nobody is known any more.
    #[schema(required)]
    pub owner: Option<AccountOwner>,
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

vocabulary! {
    /// Why a sign-in failed.
    #[schema(example = "wrong_credentials")]
    LoginFailure {
        WrongCredentials = "wrong_credentials",
        WrongStep = "wrong_step",
        MayNotSignIn = "may_not_sign_in",
        OtherIdentity = "other_identity",
        TooManyFailures = "too_many_failures",
    }
}

impl LoginFailure {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::WrongCredentials => "wrong credentials",
            Self::WrongStep => "a wrong or used code, password or passkey, in a sign-in under way",
            Self::MayNotSignIn => "the account or the device may not sign in",
            Self::OtherIdentity => "an identity at a provider that is not linked to the account, at a step-up",
            Self::TooManyFailures => "too many failures before; nobody looked at it",
        }
    }

    /// How an attempt went that failed by it.
    pub const fn status(self) -> LoginAttemptStatus {
        match self {
            Self::WrongCredentials | Self::WrongStep | Self::MayNotSignIn | Self::OtherIdentity => {
                LoginAttemptStatus::Failed
            }
            Self::TooManyFailures => LoginAttemptStatus::Blocked,
        }
    }
}

/// A sign-in that was tried. What was typed in as the address is not kept: it may be a password.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LoginAttempt {
    /// The attempt.
    pub id: LoginAttemptId,
    /// Whose account; null where the address has none.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Who that is. Null for who may not see users, in one's own list, and where nobody is known any more.
    #[schema(required)]
    pub owner: Option<AccountOwner>,
    /// How it went.
    pub status: LoginAttemptStatus,
    /// What was proven, or tried: `password`, `password+totp`, `passkey`; `code` where a second factor was refused unseen.
    #[schema(example = "password")]
    pub method: String,
    /// Why it failed, as a word for programs; null where it did not, and for a reason that only a newer version knows.
    #[schema(required)]
    pub failure: Option<LoginFailure>,
    /// Why it failed, in English.
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

vocabulary! {
    /// What is throttled: by failures in a row, or, where it names a place, an address or a mailbox, by how often it is done.
    #[schema(example = "login")]
    ThrottlePolicy {
        Code = "code",
        FlowPassword = "flow_password",
        Login = "login",
        Passkey = "passkey",
        PasswordChange = "password_change",
        Provider = "provider",
        RegistrationAddress = "registration_address",
        RegistrationMailbox = "registration_mailbox",
        RegistrationPlace = "registration_place",
        ResetAddress = "reset_address",
        ResetPlace = "reset_place",
    }
}

/// A delay of what failed too often at one place, or was done too often.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Throttle {
    /// The throttle, from the first delay to the last.
    pub id: ThrottleId,
    /// What is delayed, as a word for programs. While versions change it may be one that only a newer one knows.
    #[schema(value_type = ThrottlePolicy)]
    pub policy: String,
    /// The endpoint that is guarded.
    #[schema(example = "/api/v1/auth/login")]
    pub endpoint: String,
    /// Whose account; null where the address has none, or it is about none.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Who that is. Null for who may not see users, and where nobody is known any more.
    #[schema(required)]
    pub owner: Option<AccountOwner>,
    /// Failures in a row; of what is limited by how often it is done, how often it was.
    #[schema(example = 7)]
    pub failures: i64,
    /// When the next try counts.
    #[schema(required)]
    pub blocked_until: Option<DateTime<Utc>>,
    /// When counting starts anew, without another failure; of what is limited, in any case.
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
    /// Only of whoever signs in by this address. Needs the permission `users.read` as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
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

/// The query of `GET /api/v1/auth/admin/throttles`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ThrottleQuery {
    /// Only of this user's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
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
    /// Only of whoever signs in by this address. Needs the permission `users.read` as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Only those that went so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub status: Option<LoginAttemptStatus>,
    /// Only those that failed by this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub failure: Option<LoginFailure>,
    /// Only by exactly this method, such as `password` or `password+totp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only from this address, or, of an IPv6 one, from its /64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
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
