//! Configuration of the admin service.

use crate::domain::origin::ConsoleOrigin;
use orion_infra::config::{ConfigFault, MAX_DAYS, at_least_one, at_most};
use serde::{Deserialize, Serialize};
use url::Url;

/// The `[admin]` section.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// Where browsers reach the console; localhost at the console's port by default. Must be `https://`, except on a loopback
    /// host. The only origin from which the console may be used.
    pub console_url: Url,
    /// Minutes after which an unused console session ends; 30 by default.
    pub session_idle_minutes: u32,
    /// Hours after which a console session ends in any case; 12 by default.
    pub session_absolute_hours: u32,
    /// Days for which the event log is kept; 7 by default.
    pub event_log_days: u32,
    /// Live sockets at once, per instance; 1000 by default. One more is refused with 503.
    pub max_sockets: u32,
}

/// Says whether the configuration can be used.
pub fn check(config: &AdminConfig) -> Result<(), ConfigFault> {
    at_least_one(
        "admin",
        &[
            ("session_idle_minutes", config.session_idle_minutes.into()),
            ("session_absolute_hours", config.session_absolute_hours.into()),
            ("event_log_days", config.event_log_days.into()),
        ],
    )?;
    at_most(
        "admin",
        &[
            ("session_idle_minutes", config.session_idle_minutes.into(), MAX_DAYS * 24 * 60),
            ("session_absolute_hours", config.session_absolute_hours.into(), MAX_DAYS * 24),
            ("event_log_days", config.event_log_days.into(), MAX_DAYS),
        ],
    )?;
    ConsoleOrigin::new(&config.console_url).map(drop)
}
