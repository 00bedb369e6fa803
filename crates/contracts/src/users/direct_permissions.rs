//! DTOs of permissions that a user is given or denied by themselves, beside their roles.

use crate::reading;
use crate::vocabulary::vocabulary;
use crate::{OrganisationId, UserId};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Whether a permission is given or denied.
    PermissionEffect {
        Grant = "grant",
        Denial = "denial",
    }
}

/// A permission that a user is given or denied by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DirectPermission {
    /// Its name.
    #[schema(example = "users.read")]
    pub permission: String,
    /// Whether it is given or denied; a denial wins over every grant.
    pub effect: PermissionEffect,
    /// Only for this organisation; everywhere when null.
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
    /// Until then; for good when null.
    #[schema(required, example = "2030-01-01T00:00:00Z")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Only while this condition holds; always when null.
    #[schema(required, example = "request.ip.inNetwork(\"10.0.0.0/8\")")]
    pub condition: Option<String>,
    /// Who ordered it; null for the platform itself.
    #[schema(required)]
    pub ordered_by: Option<UserId>,
    /// When.
    pub ordered_at: DateTime<Utc>,
}

/// What a user is given or denied by itself, by the names of permissions.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DirectPermissionList {
    /// At most one for each permission and organisation, also those that have expired.
    pub items: Vec<DirectPermission>,
}

/// `PUT /api/v1/users/{id}/permissions/{permission}`: gives or denies a permission.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutDirectPermission {
    /// Whether it is given or denied.
    #[garde(skip)]
    pub effect: PermissionEffect,
    /// Only for this organisation; everywhere when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub organisation_id: Option<OrganisationId>,
    /// Until then; for good when absent.
    #[serde(default, deserialize_with = "reading::end", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(example = "2030-01-01T00:00:00Z")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Only while this condition holds, in CEL over `now`, `request`, `subject` and `object`; always when absent. A grant whose
    /// condition has no answer gives nothing, and a denial denies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(max = 2000))]
    #[schema(example = "request.ip.inNetwork(\"10.0.0.0/8\")")]
    pub condition: Option<String>,
}

/// The query of `DELETE /api/v1/users/{id}/permissions/{permission}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DirectPermissionPlace {
    /// What holds for this organisation only; what holds everywhere when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<OrganisationId>,
}
