//! What proves the audit log: its links, what a verification found, signed checkpoints, and what was redacted.

use super::AuditEntry;
use crate::{AuditEntryId, UserId, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// An entry and its link in the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEntryDetail {
    /// What it says.
    pub entry: AuditEntry,
    /// Where it stands in the chain.
    pub link: AuditLink,
    /// Whether entry and link are what was appended, or what a redaction has left of it. That the links before it are is
    /// told by a verification.
    #[schema(example = true)]
    pub holds: bool,
}

/// A link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditLink {
    /// Its position: counts up from 1 without gaps.
    #[schema(example = 1815)]
    pub position: i64,
    /// The entry's id.
    pub id: AuditEntryId,
    /// When it was appended.
    pub appended_at: DateTime<Utc>,
    /// Its hash, over that of the link before: a keyed HMAC-SHA256, with the id of its key before it.
    #[schema(example = "5f2a90c1.9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub hash: String,
}

/// Who took the personal values of an entry out, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditRedaction {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: UserId,
    /// Why.
    #[schema(example = "The person asked for it; ticket 4711.")]
    pub reason: String,
}

/// `PUT /api/v1/audit/{id}/redaction`: takes the personal values out of an entry.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedactAuditEntry {
    /// Why; it stands in the entry, and in the audit log. It stays, so it names nobody.
    #[garde(length(chars, max = 500), custom(text::name))]
    #[schema(example = "The person asked for it; ticket 4711.")]
    pub reason: String,
}

/// What the last verification of the audit log found, and what is known of its chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditVerification {
    /// When the log was verified last, or that was tried; null before the first time.
    #[schema(required)]
    pub verified_at: Option<DateTime<Utc>>,
    /// Whether it held. It is not said to where that is not known.
    #[schema(example = true)]
    pub holds: bool,
    /// Whether it was read to its end. Where it was not, nobody knows whether it holds: `breaks` says so, beside what the time before has
    /// found, and it is verified again within the hour.
    #[serde(default = "yes")]
    #[schema(example = true)]
    pub is_finished: bool,
    /// In how many places it did not hold; that it was not read to its end counts as one.
    #[schema(example = 0)]
    pub break_count: i64,
    /// The first of them, in sentences.
    #[schema(example = json!([]))]
    pub breaks: Vec<String>,
    /// How many entries had their personal values taken out, as the platform has allowed it; the log holds nevertheless.
    #[schema(example = 0)]
    pub redacted: i64,
    /// How many entries the log has.
    #[schema(example = 1815)]
    pub entries: i64,
    /// Position of the newest link; 0 when there is none.
    #[schema(example = 1815)]
    pub head_position: i64,
    /// Its hash.
    #[schema(example = "5f2a90c1.9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub head_hash: String,
    /// Position of the last link that was removed because it was too old; 0 when none was.
    #[schema(example = 0)]
    pub cut_position: i64,
    /// When entries were last removed because they were too old.
    #[schema(required, example = json!(null))]
    pub cut_at: Option<DateTime<Utc>>,
    /// For how many days entries are kept (`users.audit_retention_days`).
    #[schema(example = 365)]
    pub retention_days: u32,
    /// The newest signed checkpoint; null before the first one.
    #[schema(required)]
    pub checkpoint: Option<AuditCheckpoint>,
}

/// What the platform has signed of its log: that it held this link at this time. Kept elsewhere, it proves later that nothing
/// up to that link was removed or written anew, also by somebody who has stolen the platform's key since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditCheckpoint {
    /// Position of the link that was the newest.
    #[schema(example = 1815)]
    pub position: i64,
    /// Its hash.
    #[schema(example = "5f2a90c1.9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub hash: String,
    /// When it was signed.
    pub taken_at: DateTime<Utc>,
    /// The key that has signed it, by the thumbprint of RFC 7638.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    pub key_id: String,
    /// All of it as a compact JWS (RFC 7515, EdDSA): what counts.
    #[schema(example = "eyJhbGciOiJFZERTQSJ9.eyJwb3NpdGlvbiI6MTgxNX0.c2lnbmF0dXJl")]
    pub token: String,
}

/// The query of `GET /api/v1/audit/checkpoints`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditCheckpointQuery {
    /// The `next_cursor` of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items per page, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// The public halves of the keys that sign checkpoints, as a JWK set (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditKeys {
    /// The key that signs now, and those of before.
    pub keys: Vec<AuditKey>,
}

/// An Ed25519 key (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditKey {
    /// Always `OKP`.
    #[schema(example = "OKP")]
    pub kty: String,
    /// Always `Ed25519`.
    #[schema(example = "Ed25519")]
    pub crv: String,
    /// The public half, in base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub x: String,
    /// Always `EdDSA`.
    #[schema(example = "EdDSA")]
    pub alg: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub usage: String,
    /// Its thumbprint (RFC 7638).
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    pub kid: String,
}

/// What versions before have not told.
fn yes() -> bool {
    true
}
