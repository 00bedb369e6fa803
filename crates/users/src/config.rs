//! What an operator can set.

use orion_infra::config::{ConfigFault, MAX_DAYS, at_least_one, at_most};
use serde::{Deserialize, Serialize};

/// Configuration of the users service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsersConfig {
    /// How long the link that verifies an e-mail address works, in hours. Default: 24.
    pub verification_hours: u32,
    /// How long users who have not verified their address are kept, in days; then they are removed. Default: 7.
    pub unverified_days: u32,
    /// How long audit entries are kept, in days. What is older is cut from the beginning of the chain, which stays
    /// verifiable from there on. Default: 365.
    pub audit_retention_days: u32,
}

/// Says whether the configuration can be used.
pub fn check(config: &UsersConfig) -> Result<(), ConfigFault> {
    let UsersConfig { verification_hours, unverified_days, audit_retention_days } = *config;
    let positive = [
        ("verification_hours", verification_hours.into()),
        ("unverified_days", unverified_days.into()),
        ("audit_retention_days", audit_retention_days.into()),
    ];
    at_least_one("users", &positive)?;
    let bounded = [
        ("verification_hours", verification_hours.into(), MAX_DAYS * 24),
        ("unverified_days", unverified_days.into(), MAX_DAYS),
        ("audit_retention_days", audit_retention_days.into(), MAX_DAYS),
    ];
    at_most("users", &bounded)
}
