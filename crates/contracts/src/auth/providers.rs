//! DTOs of providers: where else people may sign in.

use crate::ProviderIdentityId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A provider that people may sign in at: `/auth/providers/NAME` leads there.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Provider {
    /// Names it in paths.
    #[schema(example = "google")]
    pub name: String,
    /// What people read on its button.
    #[schema(example = "Google")]
    pub label: String,
}

/// All providers that are configured.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProviderList {
    /// The providers, by name.
    pub items: Vec<Provider>,
}

/// Who somebody is at a provider.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProviderIdentity {
    /// Names it in paths.
    pub id: ProviderIdentityId,
    /// The provider's name.
    #[schema(example = "google")]
    pub provider: String,
    /// What people read on its button.
    #[schema(example = "Google")]
    pub label: String,
    /// The address that the provider told last. It may be another one than the account's.
    #[schema(required, example = "ada@example.com")]
    pub email: Option<String>,
    /// Whether it is the one that its owner uses first.
    pub is_primary: bool,
    /// When it was linked.
    pub linked_at: DateTime<Utc>,
    /// When somebody signed in with it last.
    #[schema(required)]
    pub last_used_at: Option<DateTime<Utc>>,
}

/// The identities of a person, oldest first: twenty at most.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProviderIdentityList {
    /// The identities.
    pub items: Vec<ProviderIdentity>,
}

/// Where to send the browser of somebody who links an identity.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProviderLink {
    /// A page of ORION, good for ten minutes, which asks and leads on to the provider.
    #[schema(example = "https://id.example.com/auth/providers/google/link?ticket=…")]
    pub url: String,
}
