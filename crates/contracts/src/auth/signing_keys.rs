//! DTOs of the keys that sign access tokens. No private part is ever shown.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a key is for at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SigningKeyState {
    /// It is published, and signs from `signs_from` on.
    Next,
    /// It signs.
    Signing,
    /// It signs no more; tokens that it signed may still live.
    Verifying,
    /// It is published no more, and its private part is gone.
    Retired,
}

/// A key that signs access tokens.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SigningKey {
    /// The `kid` of the key set: the key's thumbprint (RFC 7638).
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    pub id: String,
    /// The algorithm by its name in JOSE (RFC 7518).
    #[schema(example = "ES256")]
    pub algorithm: String,
    /// What it is for now.
    pub state: SigningKeyState,
    /// When it was made and published.
    pub created_at: DateTime<Utc>,
    /// From when on it signs.
    pub signs_from: DateTime<Utc>,
    /// Until when it signs: when the next one does. Null as long as there is no next one.
    #[schema(required)]
    pub signs_until: Option<DateTime<Utc>>,
    /// Until when it is published, at least; of a retired one, until when it was. Null as long as there is no next one.
    #[schema(required)]
    pub published_until: Option<DateTime<Utc>>,
}

/// What asking for a rotation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyRotationOutcome {
    /// The next key was made and published.
    Published,
    /// Nothing: the next key was published before, and waits to sign.
    AlreadyWaiting,
}

/// What a rotation came to, and the keys as they are then.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KeyRotation {
    /// What was done.
    pub outcome: KeyRotationOutcome,
    /// From when on the next key signs. Until then the one of now does.
    pub signs_from: DateTime<Utc>,
    /// The newest keys, the next one first.
    pub items: Vec<SigningKey>,
    /// The `cursor` of the list for those that are older; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub next_cursor: Option<String>,
}
