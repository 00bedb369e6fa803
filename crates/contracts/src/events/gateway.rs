//! What the gateway tells.

use super::kind::events;

events! {
    /// The document of routes has another version.
    GatewayChanged = "gateway.changed" for [] {
        /// Its version now.
        version: i64,
        /// The version that was restored by it.
        restored: Option<i64>,
        /// The first of what was changed, such as "route shop added".
        summary: Vec<String>,
    }
}
