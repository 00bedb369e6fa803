//! What the operator decides about notifications.

use orion_infra::config::{ConfigFault, MAX_DAYS, at_least_one, at_most};
use serde::{Deserialize, Serialize};

/// Configuration of the notifications service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationsConfig {
    /// What the product is called in messages. Default `"ORION"`.
    pub product_name: String,
    /// How often a delivery is tried before it has failed. Default 60, which lasts for more than a day.
    pub delivery_attempts: u32,
    /// How long notifications are kept with their deliveries and attempts, in days. Default 90.
    pub retention_days: u64,
}

/// Says whether the configuration can be used.
pub fn check(config: &NotificationsConfig) -> Result<(), ConfigFault> {
    let positive = [("delivery_attempts", config.delivery_attempts.into()), ("retention_days", config.retention_days)];
    at_least_one("notifications", &positive)?;
    at_most("notifications", &[("retention_days", config.retention_days, MAX_DAYS)])
}
