//! API keys: what programs call with that nobody signs in for. How a key is written, and DTOs.

mod form;

pub use form::{is_api_key, is_well_formed, make, shown_prefix};

use crate::{ApiKeyId, OrganisationId, Secret, UserId, reading, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// The header that takes a key beside `Authorization: Bearer`.
pub const API_KEY_HEADER: &str = "x-api-key";
/// How many keys that are not revoked a subject has at most.
pub const MOST_API_KEYS: u64 = 100;
/// For how long a rotated key's old secret goes on when nothing is said, in seconds.
pub const OVERLAP_SECONDS: u32 = 86_400;
/// For how long it goes on at most, in seconds.
pub const LONGEST_OVERLAP_SECONDS: u32 = 30 * 86_400;

/// An API key, without its secret: that is shown once, when it is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ApiKey {
    /// Unique id.
    pub id: ApiKeyId,
    /// Whose it is: it may do what they may, and no more.
    pub user_id: UserId,
    /// What it is for.
    #[schema(example = "Nightly export")]
    pub name: String,
    /// How its secret begins.
    #[schema(example = "orion_9fK2xQ")]
    pub prefix: String,
    /// Names of the permissions that it is limited to. What its owner does not hold, it does not give.
    #[schema(example = json!(["users.read"]))]
    pub scopes: Vec<String>,
    /// The organisation for which it acts.
    #[schema(required)]
    pub organisation_id: Option<OrganisationId>,
    /// How many requests a minute it may make; as many as its owner when null.
    #[schema(required, example = 600)]
    pub rate_limit: Option<u32>,
    /// Until then; for good when null.
    #[schema(required, example = "2030-01-01T00:00:00Z")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Until when the secret from before the last rotation goes on.
    #[schema(required, example = json!(null))]
    pub previous_until: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    #[schema(required)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// How often it was used, as far as that was written down.
    #[schema(example = 42)]
    pub usage_count: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
    /// When it was revoked; null as long as it holds.
    #[schema(required, example = json!(null))]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Counts changes; the ETag.
    #[schema(example = 1)]
    pub version: i64,
}

/// A key that was just made or rotated. Its secret is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewApiKey {
    /// The key.
    pub key: ApiKey,
    /// What is sent as `Authorization: Bearer` or as `X-API-Key`. Only its hash is kept.
    #[schema(value_type = String, format = Password, example = "orion_9fK2xQ…")]
    pub secret: Secret,
    /// Names of those of its scopes that its owner does not hold at this moment where the key acts, or not for certain: as long as that is so
    /// they count for nothing.
    #[serde(default)]
    #[schema(required, example = json!([]))]
    pub not_held: Vec<String>,
}

/// `POST /api/v1/api-keys`: makes a key of one's own.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    /// What it is for.
    #[garde(length(chars, max = 255), custom(text::name))]
    #[schema(example = "Nightly export")]
    pub name: String,
    /// Names of the permissions that it is limited to; the caller holds each of them.
    #[garde(custom(text::entries(1, 200)), inner(length(min = 1, max = 201)))]
    #[schema(example = json!(["users.read"]))]
    pub scopes: Vec<String>,
    /// The organisation for which it acts; none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub organisation_id: Option<OrganisationId>,
    /// Until then; for good when absent.
    #[serde(default, deserialize_with = "reading::end", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(example = "2030-01-01T00:00:00Z")]
    pub expires_at: Option<DateTime<Utc>>,
    /// How many requests a minute it may make; as many as its owner when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = 1_000_000)))]
    #[schema(example = 600, minimum = 1, maximum = 1_000_000)]
    pub rate_limit: Option<u32>,
}

/// `PATCH /api/v1/api-keys/{id}`: absent fields stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateApiKey {
    /// What it is for.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, max = 255), custom(text::name)))]
    #[schema(example = "Nightly export")]
    pub name: Option<String>,
    /// All permissions that it is limited to from now on: fewer than before, or such as the caller holds.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(text::entries(1, 200)), inner(length(min = 1, max = 201))))]
    #[schema(example = json!(["users.read"]))]
    pub scopes: Option<Vec<String>>,
}

/// `POST /api/v1/api-keys/{id}/rotate`: gives a key a new secret.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateApiKey {
    /// For how many seconds the old secret goes on: 30 days at most, 0 for not at all; a day when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(max = LONGEST_OVERLAP_SECONDS)))]
    #[schema(example = 86_400, minimum = 0, maximum = 2_592_000)]
    pub overlap_seconds: Option<u32>,
}

/// The query of `GET /api/v1/api-keys`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApiKeyQuery {
    /// The keys of this user or service account; one's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Those of everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub everybody: Option<bool>,
    /// The `next_cursor` of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items per page, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// What users tells every process of a secret.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyFound {
    /// The key that it belongs to; none where nobody has such a key.
    pub key: Option<ApiKeyFacts>,
}

/// What decides about the requests of a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyFacts {
    /// Which.
    pub id: ApiKeyId,
    /// Whose.
    pub user_id: UserId,
    /// Whether its owner is a service account.
    #[serde(default)]
    pub of_service_account: bool,
    /// Names of the permissions that it is limited to.
    pub scopes: Vec<String>,
    /// The organisation for which it acts.
    pub organisation_id: Option<OrganisationId>,
    /// How many requests a minute it may make.
    pub rate_limit: Option<u32>,
    /// Until when this secret is good.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// Whether its owner may do anything at the moment.
    pub is_owner_active: bool,
}

/// How often keys were used in a process since it told of it last.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ApiKeyUses {
    /// One for each key.
    pub items: Vec<ApiKeyUse>,
}

/// How often one of them was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApiKeyUse {
    /// Which.
    pub id: ApiKeyId,
    /// How often.
    pub count: u32,
    /// When last.
    pub last: DateTime<Utc>,
}
