//! What a user prefers: how things look to them, what others see of them, and what products keep beside it.

use crate::UserId;
use crate::profile::present;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What somebody prefers. Sections that nobody has written to are empty; which keys they have is for products to choose, but for those
/// that ORION itself follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserPreferences {
    /// Whose they are.
    pub user_id: UserId,
    /// How things look. `theme` is `light`, `dark` or `system`; the console follows it.
    #[schema(value_type = std::collections::BTreeMap<String, Value>, example = json!({ "theme": "dark" }))]
    pub display: Map<String, Value>,
    /// What others see of them.
    #[schema(value_type = std::collections::BTreeMap<String, Value>, example = json!({ "show_last_seen": false }))]
    pub privacy: Map<String, Value>,
    /// What makes things usable for them.
    #[schema(value_type = std::collections::BTreeMap<String, Value>, example = json!({ "reduced_motion": true }))]
    pub accessibility: Map<String, Value>,
    /// How they like to be spoken to.
    #[schema(value_type = std::collections::BTreeMap<String, Value>, example = json!({ "newsletter": false }))]
    pub communication: Map<String, Value>,
    /// What products ask about their notifications.
    #[schema(value_type = std::collections::BTreeMap<String, Value>, example = json!({ "digest": "weekly" }))]
    pub notifications: Map<String, Value>,
    /// What products ask about their safety.
    #[schema(value_type = std::collections::BTreeMap<String, Value>, example = json!({ "hide_amounts": true }))]
    pub security: Map<String, Value>,
    /// All else.
    #[schema(value_type = std::collections::BTreeMap<String, Value>, example = json!({ "start_page": "boards" }))]
    pub custom: Map<String, Value>,
    /// Last change; null while nothing was ever written.
    #[schema(required)]
    pub updated_at: Option<DateTime<Utc>>,
    /// Counts changes; the ETag is made from it. 0 while nothing was ever written.
    #[schema(example = 3)]
    pub version: i64,
}

/// `PATCH /api/v1/users/me/preferences` and `/api/v1/users/{id}/preferences`, a merge patch (RFC 7396): absent sections and keys stay,
/// `null` clears one, and objects are merged. A section has 8 KiB of JSON at most.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePreferences {
    /// How things look. `theme` is `light`, `dark` or `system`.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Value>>, example = json!({ "theme": "dark" }))]
    pub display: Option<Option<Map<String, Value>>>,
    /// What others see of them.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Value>>, example = json!({ "show_last_seen": false }))]
    pub privacy: Option<Option<Map<String, Value>>>,
    /// What makes things usable for them.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Value>>, example = json!({ "reduced_motion": true }))]
    pub accessibility: Option<Option<Map<String, Value>>>,
    /// How they like to be spoken to.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Value>>, example = json!({ "newsletter": false }))]
    pub communication: Option<Option<Map<String, Value>>>,
    /// What products ask about their notifications.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Value>>, example = json!({ "digest": "weekly" }))]
    pub notifications: Option<Option<Map<String, Value>>>,
    /// What products ask about their safety.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Value>>, example = json!({ "hide_amounts": true }))]
    pub security: Option<Option<Map<String, Value>>>,
    /// All else.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Value>>, example = json!({ "start_page": "boards" }))]
    pub custom: Option<Option<Map<String, Value>>>,
}
