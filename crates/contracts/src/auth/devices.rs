//! DTOs of devices: the browsers and programs that a person has signed in from.

use crate::vocabulary::vocabulary;
use crate::{DeviceId, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What a device is good for.
    DeviceStatus {
        Trusted = "trusted",
        Untrusted = "untrusted",
        Blocked = "blocked",
        PendingVerification = "pending_verification",
    }
    /// What kind of thing a device is, as it says itself.
    DeviceKind {
        Computer = "computer",
        Phone = "phone",
        Program = "program",
        Unknown = "unknown",
    }
}

/// A device of a person.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Device {
    /// Names it in paths.
    pub id: DeviceId,
    /// What its owner calls it; otherwise what it says of itself.
    #[schema(example = "Firefox on Linux")]
    pub name: String,
    /// What kind of thing it is, as it says itself.
    pub kind: DeviceKind,
    /// Trusted devices are asked for no second factor after the password; blocked ones are not signed in.
    pub status: DeviceStatus,
    /// Whether it is blocked by an administrator: then nobody else lets it in again.
    pub is_blocked_by_administrator: bool,
    /// Until when it is trusted.
    #[schema(required)]
    pub trusted_until: Option<DateTime<Utc>>,
    /// Where it signed in from last: an IPv4 address, or the /64 of an IPv6 one.
    #[schema(required, example = "192.0.2.77")]
    pub ip_address: Option<String>,
    /// How often it has signed in.
    #[schema(example = 12)]
    pub login_count: i64,
    /// When it signed in first.
    pub first_seen_at: DateTime<Utc>,
    /// When it signed in, or a session of it was used, last.
    pub last_seen_at: DateTime<Utc>,
    /// Whether the caller's session is of it.
    pub is_current: bool,
}

/// The devices of a person, the one seen last first: fifty at most.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DeviceList {
    /// The devices.
    pub items: Vec<Device>,
}

/// `PATCH /api/v1/auth/devices/{id}`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameDevice {
    /// What its owner calls it from now on.
    #[garde(length(chars, max = 100), custom(text::name))]
    #[schema(example = "Ada's laptop")]
    pub name: String,
}
