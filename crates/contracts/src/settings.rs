//! Settings: keys of the configuration that may change while the platform runs. Admin keeps them, every process applies them.

use crate::{InstanceId, ServiceName, UserId};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The values that stand over those with which processes started, by key.
pub type SettingValues = BTreeMap<String, serde_json::Value>;

/// All settings, `GET /api/v1/settings`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SettingList {
    /// Counts up with each change of any of them.
    #[schema(example = 7)]
    pub version: i64,
    /// The keys that can be changed.
    pub items: Vec<Setting>,
    /// What the instances that are there have applied.
    pub instances: Vec<AppliedSettings>,
}

/// A key of the configuration that can be changed while the platform runs.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "key": "auth.access_token_seconds", "description": "How long an access token lives, in seconds.",
    "schema": {
        "default": 300, "description": "How long an access token lives, in seconds.", "format": "uint32", "maximum": 3600,
        "minimum": 1, "type": "integer", "x-dynamic": true,
    },
    "value": 120, "start_value": 300, "is_changed": true, "version": 7, "changed_at": "2026-05-21T09:30:00Z", "changed_by": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42",
}))]
pub struct Setting {
    /// Such as `auth.access_token_seconds`.
    pub key: String,
    /// What it is, in Markdown.
    pub description: String,
    /// What it may be, as a JSON Schema.
    #[schema(value_type = Object)]
    pub schema: serde_json::Value,
    /// What it is now.
    pub value: serde_json::Value,
    /// What it is where nobody has changed it: the value with which the console's process started, from its flags, environment,
    /// file or the default. Other processes may have been started with another one.
    pub start_value: serde_json::Value,
    /// Whether somebody has changed it.
    pub is_changed: bool,
    /// The version of the settings that changed it last, and its `ETag`; 0 when none did.
    pub version: i64,
    /// When that was.
    #[schema(required)]
    pub changed_at: Option<DateTime<Utc>>,
    /// Who did it.
    #[schema(required)]
    pub changed_by: Option<UserId>,
}

/// What an instance has applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AppliedSettings {
    /// Which instance.
    pub instance: InstanceId,
    /// Which service it is.
    pub service: ServiceName,
    /// The version that it has applied; null where it has not heard the settings yet, and goes by its start.
    #[schema(required, example = 7)]
    pub version: Option<i64>,
    /// What of it the instance could not apply, with the reason: there that of the instance's start is in force.
    #[schema(example = json!([]))]
    pub refused: Vec<String>,
}

/// `PUT /api/v1/settings/{key}`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "value": 120, "reason": "shorter while the incident lasts" }))]
pub struct PutSetting {
    /// What it shall be.
    #[garde(skip)]
    pub value: serde_json::Value,
    /// Why, for those who read the history: 500 characters at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// The query of `DELETE /api/v1/settings/{key}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResetSettingQuery {
    /// Why, for those who read the history: 500 characters at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(max_length = 500)]
    pub reason: Option<String>,
}

/// A change of a setting, `GET /api/v1/settings/changes`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "version": 7, "key": "auth.access_token_seconds", "before": null, "after": 120,
    "reason": "shorter while the incident lasts", "changed_by": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42",
    "changed_at": "2026-05-21T09:30:00Z",
}))]
pub struct SettingChange {
    /// The version of the settings that it made.
    pub version: i64,
    /// Which key.
    pub key: String,
    /// What stood over the start's value before; null where nothing did.
    #[schema(required)]
    pub before: Option<serde_json::Value>,
    /// What has stood over it since; null where it was taken back.
    #[schema(required)]
    pub after: Option<serde_json::Value>,
    /// Why.
    #[schema(required)]
    pub reason: Option<String>,
    /// Who.
    #[schema(required)]
    pub changed_by: Option<UserId>,
    /// When.
    pub changed_at: DateTime<Utc>,
}

/// The query of `GET /api/v1/settings/changes`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SettingChangeQuery {
    /// Only those of this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The `next_cursor` of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items per page, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// Internal: what every process applies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SettingSnapshot {
    /// Counts up with each change.
    pub version: i64,
    /// What stands over the start's values.
    pub values: SettingValues,
}
