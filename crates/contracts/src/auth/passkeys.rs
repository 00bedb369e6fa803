//! DTOs of passkeys. What goes to a browser and comes back is JSON as WebAuthn (level 3) describes it.

use super::{BackupCodes, bounded};
use crate::{FlowId, PasskeyId, Secret, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A passkey of a person.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Passkey {
    /// Names it in paths.
    pub id: PasskeyId,
    /// What its owner calls it.
    #[schema(example = "Phone")]
    pub name: String,
    /// The authenticator's model as it says itself (AAGUID); not proven, and all zeros by many.
    #[schema(example = "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4")]
    pub aaguid: Uuid,
    /// Whether it is copied to the owner's other devices, as the authenticator said last.
    pub is_backed_up: bool,
    /// When it was set up.
    pub created_at: DateTime<Utc>,
    /// When somebody signed in with it last.
    #[schema(required)]
    pub last_used_at: Option<DateTime<Utc>>,
}

/// All passkeys of a person, oldest first: twenty at most.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PasskeyList {
    /// The passkeys.
    pub items: Vec<Passkey>,
}

/// What a passkey is enrolled by.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PasskeyEnrolment {
    /// Goes back with the new passkey; good for one.
    pub flow_id: FlowId,
    /// Seconds until it is over.
    #[schema(example = 600)]
    pub expires_in: u64,
    /// What `PublicKeyCredential.parseCreationOptionsFromJSON()` reads, for `navigator.credentials.create()`.
    #[schema(value_type = Object, example = json!({ "challenge": "cGFzc2tleQ", "rp": { "id": "example.com", "name": "ORION" } }))]
    pub public_key: Value,
}

/// `POST /api/v1/auth/passkeys`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// The one that the options came with.
    #[garde(skip)]
    pub flow_id: FlowId,
    /// What its owner calls it; `Passkey` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 100), inner(custom(text::name)))]
    #[schema(example = "Phone")]
    pub name: Option<String>,
    /// What `navigator.credentials.create()` gave, by its `toJSON()`.
    #[garde(skip)]
    #[schema(value_type = Object, example = json!({ "id": "cGFzc2tleQ", "type": "public-key" }))]
    pub credential: Value,
    /// Ends all other sessions of the account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[garde(skip)]
    pub end_other_sessions: bool,
}

/// A passkey that was set up.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PasskeyAdded {
    /// The passkey.
    pub passkey: Passkey,
    /// Backup codes, where it is the account's first second factor. Shown once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_codes: Option<BackupCodes>,
}

/// `PATCH /api/v1/auth/passkeys/{id}`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenamePasskey {
    /// What its owner calls it from now on.
    #[garde(length(chars, max = 100), custom(text::name))]
    #[schema(example = "Phone")]
    pub name: String,
}

/// What a passkey is proven by.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PasskeyRequest {
    /// What `PublicKeyCredential.parseRequestOptionsFromJSON()` reads, for `navigator.credentials.get()`. Good for one answer.
    #[schema(value_type = Object, example = json!({ "challenge": "cGFzc2tleQ", "rpId": "example.com" }))]
    pub public_key: Value,
}

/// What a passkey is enrolled by, in a flow.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FlowPasskeyEnrolment {
    /// What `PublicKeyCredential.parseCreationOptionsFromJSON()` reads, for `navigator.credentials.create()`. Good for one answer.
    #[schema(value_type = Object, example = json!({ "challenge": "cGFzc2tleQ", "rp": { "id": "example.com", "name": "ORION" } }))]
    pub public_key: Value,
}

/// `POST /api/v1/auth/flows/{id}/passkey-enrolment`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowNewPasskey {
    /// The flow's token.
    #[garde(custom(bounded))]
    pub flow_token: Secret,
    /// What its owner calls it; `Passkey` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 100), inner(custom(text::name)))]
    #[schema(example = "Phone")]
    pub name: Option<String>,
    /// What `navigator.credentials.create()` gave, by its `toJSON()`.
    #[garde(skip)]
    #[schema(value_type = Object, example = json!({ "id": "cGFzc2tleQ", "type": "public-key" }))]
    pub credential: Value,
    /// Trusts the device: its next sign-ins need the password alone for a while.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[garde(skip)]
    pub trust_device: bool,
}

/// `POST /api/v1/auth/flows/{id}/passkey`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowPasskey {
    /// The flow's token.
    #[garde(custom(bounded))]
    pub flow_token: Secret,
    /// What `navigator.credentials.get()` gave, by its `toJSON()`.
    #[garde(skip)]
    #[schema(value_type = Object, example = json!({ "id": "cGFzc2tleQ", "type": "public-key" }))]
    pub credential: Value,
    /// Trusts the device, where the passkey is a second factor: its next sign-ins need the password alone for a while.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[garde(skip)]
    pub trust_device: bool,
}
