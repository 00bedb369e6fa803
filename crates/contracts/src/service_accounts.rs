//! Service accounts: subjects that are programs. They hold roles and permissions as people do, and call with API keys of their own.

use crate::profile::present;
use crate::reading;
use crate::{OrganisationId, UserId, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// A service account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ServiceAccount {
    /// Unique id: that of a subject, which is given roles and permissions like a user.
    pub id: UserId,
    /// What it is called.
    #[schema(example = "Warehouse")]
    pub name: String,
    /// What it is for.
    #[schema(required, example = "Books what comes in.")]
    pub description: Option<String>,
    /// The organisation that it belongs to.
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
    /// Whether its keys are taken.
    #[schema(example = true)]
    pub is_active: bool,
    /// Names of the roles that it holds.
    #[schema(example = json!(["moderator"]))]
    pub roles: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
    /// Counts changes; the ETag.
    #[schema(example = 1)]
    pub version: i64,
}

/// `POST /api/v1/service-accounts`: makes a service account. It holds nothing until it is given something.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateServiceAccount {
    /// What it is called.
    #[garde(length(chars, max = 200), custom(text::name))]
    #[schema(example = "Warehouse")]
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 1000), custom(text::name)))]
    #[schema(example = "Books what comes in.")]
    pub description: Option<String>,
    /// The organisation that it belongs to; none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub organisation_id: Option<OrganisationId>,
}

/// `PATCH /api/v1/service-accounts/{id}`: absent fields stay, `null` clears.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateServiceAccount {
    /// What it is called.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, max = 200), custom(text::name)))]
    #[schema(example = "Warehouse")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, min = 1, max = 1000), custom(text::name))))]
    #[schema(value_type = Option<String>, example = "Books what comes in.")]
    pub description: Option<Option<String>>,
    /// Whether its keys are taken.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(example = true)]
    pub is_active: Option<bool>,
}
