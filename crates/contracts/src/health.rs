//! What `/readyz?verbose` says, and what the console shows of it.

use crate::{InstanceId, ServiceName};
use serde::{Deserialize, Serialize};

/// Whether an instance takes requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadyStatus {
    /// All that it needs is there.
    Ready,
    /// Something that it needs is away.
    NotReady,
    /// It finishes what is in flight and ends.
    Draining,
}

/// The answer of `/readyz?verbose`: 200 when ready, 503 otherwise.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Readiness {
    /// The service asked.
    pub service: ServiceName,
    /// The instance that answered.
    pub instance: InstanceId,
    /// Its version.
    pub version: String,
    /// The verdict.
    pub status: ReadyStatus,
    /// What was looked at.
    pub checks: Vec<DependencyCheck>,
}

/// One thing that a service depends on.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DependencyCheck {
    /// Such as `database`, `cache`, `bus`, `events`, `identity`.
    #[schema(example = "database")]
    pub name: String,
    /// Whether it works.
    #[schema(example = true)]
    pub ok: bool,
    /// Whether the service takes no requests without it.
    #[schema(example = true)]
    pub required: bool,
    /// What is wrong, or what it is connected to; never a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "SQLite")]
    pub detail: Option<String>,
    /// How long the check took.
    #[schema(example = 1)]
    pub duration_ms: u64,
}
