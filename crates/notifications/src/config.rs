//! What the operator decides about notifications.

use serde::{Deserialize, Serialize};

/// Configuration of the notifications service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationsConfig {
    /// What the product is called in messages. Default `"ORION"`.
    pub product_name: String,
    /// How often a delivery is tried before it has failed. Default 8.
    pub delivery_attempts: u32,
    /// The longest pause after the first attempt, in seconds; it grows four times with each further one, and the real
    /// pause is a random part of it. Default 2.
    pub retry_first_seconds: u64,
    /// What that pause grows to at most, in seconds. Default 3600.
    pub retry_max_seconds: u64,
    /// How long notifications are kept with their deliveries and attempts, in days. Default 90.
    pub retention_days: u64,
}
