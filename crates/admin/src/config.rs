//! What an operator can set.

use crate::domain::origin::ConsoleOrigin;
use orion_infra::config::{ConfigFault, MAX_DAYS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use url::Url;

/// The console, and the log of what happens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct AdminConfig {
    /// Where browsers reach the console, and the only origin from which it may be used: https://, or http:// on localhost.
    /// While nobody sets it, it follows `listen.admin_port`.
    #[default(Url::parse("http://localhost:3004").expect("a URL"))]
    pub console_url: Url,
    /// When a console session ends without use, in minutes. Made shorter, it counts for sessions that have
    /// begun too; made longer, from their next use.
    #[schemars(range(min = 5, max = MAX_DAYS * 24 * 60), extend("x-dynamic" = true))]
    #[default = 30]
    pub session_idle_minutes: u32,
    /// When a console session that begins ends in any case, in hours.
    #[schemars(range(min = 1, max = MAX_DAYS * 24), extend("x-dynamic" = true))]
    #[default = 12]
    pub session_absolute_hours: u32,
    /// How long the event log is kept, in days.
    #[schemars(range(min = 1, max = MAX_DAYS))]
    #[default = 7]
    pub event_log_days: u32,
    /// Consoles that watch at once, per instance. One more is refused with 503.
    #[schemars(range(min = 1, max = 100_000))]
    #[default = 1000]
    pub max_sockets: u32,
}

/// What cannot be said by bounds.
pub fn check(config: &AdminConfig) -> Vec<ConfigFault> {
    ConsoleOrigin::new(&config.console_url).err().into_iter().collect()
}
