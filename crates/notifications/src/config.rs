//! What an operator can set.

use orion_infra::config::MAX_DAYS;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;

/// Messages to people.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct NotificationsConfig {
    /// The product's name in mails.
    #[schemars(length(min = 1, max = 100))]
    #[default = "ORION"]
    pub product_name: String,
    /// How often a delivery is tried: 60 attempts last for 27 to 53 hours, with pauses that grow to an hour. One whose outcome
    /// nobody knows, for the server had it whole and did not answer, is tried three times at most.
    #[schemars(range(min = 1, max = 1000), extend("x-dynamic" = true))]
    #[default = 60]
    pub delivery_attempts: u32,
    /// How long notifications are kept with their deliveries and attempts, in days.
    #[schemars(range(min = 1, max = MAX_DAYS))]
    #[default = 90]
    pub retention_days: u64,
}
